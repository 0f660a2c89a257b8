import { AppError } from '../../lib/errors.ts';
import { sqlIdentifier } from '../../lib/sql-text.ts';
import { printExpression } from './print-expression.ts';
import { sqlNames, sqlViews, sqlViewText } from './sql-views.ts';
import { TokenReader } from './token-reader.ts';

/** Names are replaced by what they stand for, so the result can be much longer than the statement. In UTF-16 units. */
const maxCompiledLength = 200_000;

/** Subqueries by name, the innermost first. */
type Scope = Readonly<{ text: string; name: string; outer: Scope }> | undefined;

function find(scope: Scope, name: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === name) return at.text;
  return undefined;
}

/**
 * The statement that the engine runs for a stranger's: read by a grammar of our own, which has one SELECT over the views and nothing else, and printed
 * anew. No word of the text reaches the engine but quoted names, texts and numbers. Throws AppError `bad_request` for whatever is not in the grammar.
 */
export function compileSql(text: string): string {
  const reader = new TokenReader(text);
  let length = 0;
  /** Text that stands for a name. */
  const inserted = (stands: string): string => {
    length += stands.length;
    if (length > maxCompiledLength) throw new AppError('too_large', 'The statement uses its tables too often.');
    return stands;
  };

  function query(outer: Scope): string {
    let scope = outer;
    if (reader.takeWords('with')) {
      do {
        const name = reader.defineName('the name of a subquery, as in WITH name AS (SELECT …)');
        reader.needWord('as');
        const inner = scope;
        const stands = subquery(inner);
        scope = { name, text: stands, outer: inner };
      } while (reader.takeSign(','));
    }
    const parts = [select(scope)];
    while (reader.takeWords('union')) {
      const kind = reader.takeWords('all') ? 'ALL' : reader.takeWords('distinct') ? 'DISTINCT' : undefined;
      if (kind === undefined) throw reader.unexpected('ALL or DISTINCT');
      parts.push(` UNION ${kind} ${select(scope)}`);
    }
    return parts.join('');
  }

  const subquery = (scope: Scope): string => {
    reader.needSign('(');
    const inner = reader.within(() => query(scope));
    reader.needSign(')');
    return `(${inner})`;
  };

  function select(scope: Scope): string {
    const expression = () => printExpression(reader, () => subquery(scope));
    const clauses = (...words: readonly string[]): string =>
      reader.takeWords(...words) ? ` ${words.join(' ').toUpperCase()} ${reader.list(expression).join(', ')}` : '';
    reader.needWord('select');
    const distinct = reader.takeWords('distinct') ? 'DISTINCT ' : '';
    const items = reader.list(() => item(expression)).join(', ');
    const from = reader.takeWords('from') ? ` FROM ${sources(scope, expression)}` : '';
    const where = reader.takeWords('where') ? ` WHERE ${expression()}` : '';
    const groups = clauses('group', 'by');
    const having = reader.takeWords('having') ? ` HAVING ${expression()}` : '';
    const order = reader.takeWords('order', 'by') ? ` ORDER BY ${reader.list(() => ordered(expression)).join(', ')}` : '';
    return `SELECT ${distinct}${items}${from}${where}${groups}${having}${order}${limits(expression)}`;
  }

  function item(expression: () => string): string {
    if (reader.takeSign('*')) return '*';
    if (reader.isName() && reader.isSign('.', 1) && reader.isSign('*', 2)) {
      const name = sqlIdentifier(reader.needValueName('a table'));
      reader.next();
      reader.next();
      return `${name}.*`;
    }
    return `${expression()}${alias()}`;
  }

  const alias = (): string => {
    if (reader.takeWords('as')) return ` AS ${sqlIdentifier(reader.defineName('a name'))}`;
    return reader.isName() ? ` AS ${sqlIdentifier(reader.defineName('a name'))}` : '';
  };

  function sources(scope: Scope, expression: () => string): string {
    let text = source(scope);
    for (let more = joined(scope, expression); more !== undefined; more = joined(scope, expression)) text += more;
    if (reader.isSign(',')) throw reader.fail('tables are joined with JOIN … ON.');
    return text;
  }

  function joined(scope: Scope, expression: () => string): string | undefined {
    const kind = ['inner', 'left', 'right', 'full'].find((word) => reader.takeWords(word));
    if ((kind === undefined || kind === 'left') && reader.takeWords('array', 'join'))
      return `${kind === undefined ? '' : ' LEFT'} ARRAY JOIN ${reader.list(() => `${expression()}${alias()}`).join(', ')}`;
    if (kind !== undefined) reader.takeWords('outer');
    if (reader.takeWords('join')) return ` ${(kind ?? 'inner').toUpperCase()} JOIN ${source(scope)}${matching(expression)}`;
    if (kind !== undefined) throw reader.unexpected('JOIN');
    return undefined;
  }

  function matching(expression: () => string): string {
    if (reader.takeWords('on')) return ` ON ${expression()}`;
    reader.needWord('using');
    const isList = reader.takeSign('(') !== undefined;
    const names = reader.list(() => sqlIdentifier(reader.needValueName('a column')));
    if (isList) reader.needSign(')');
    return ` USING (${names.join(', ')})`;
  }

  function source(scope: Scope): string {
    if (reader.isSign('(')) return `${subquery(scope)}${alias()}`;
    const name = reader.needName('a table');
    const stands = find(scope, name) ?? sqlViewText(name);
    if (reader.isSign('(')) throw reader.fail('functions are no tables here.');
    if (stands === undefined || reader.isSign('.'))
      throw reader.fail(`there is no such table; the tables are ${sqlViews.map((view) => view.name).join(', ')}.`);
    return `${inserted(stands)}${alias() || ` AS ${sqlIdentifier(name)}`}`;
  }

  function ordered(expression: () => string): string {
    const value = expression();
    const direction = reader.takeWords('desc') ? ' DESC' : reader.takeWords('asc') ? ' ASC' : '';
    const nulls = reader.takeWords('nulls', 'first') ? ' NULLS FIRST' : reader.takeWords('nulls', 'last') ? ' NULLS LAST' : '';
    return `${value}${direction}${nulls}`;
  }

  function limits(expression: () => string): string {
    let text = '';
    while (reader.takeWords('limit')) {
      const count = reader.needCount();
      if (reader.takeWords('by')) {
        if (text !== '') throw reader.fail('LIMIT … BY comes once, and before LIMIT.');
        text = ` LIMIT ${count} BY ${reader.list(expression).join(', ')}`;
      } else if (reader.takeSign(',')) return `${text} LIMIT ${reader.needCount()} OFFSET ${count}`;
      else return `${text} LIMIT ${count}${reader.takeWords('offset') ? ` OFFSET ${reader.needCount()}` : ''}`;
    }
    return text;
  }

  const compiled = query(undefined);
  reader.takeSign(';');
  if (reader.peek().kind !== 'end') throw reader.unexpected('the end of the statement');
  reader.checkNames(sqlNames);
  if (compiled.length > maxCompiledLength) throw new AppError('too_large', 'The statement uses its tables too often.');
  return compiled;
}
