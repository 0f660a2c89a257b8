import { elasticsearchError, illegalArgument, parsingError } from '../../lib/elasticsearch-errors.ts';
import { boolOperator } from './dsl/bool.ts';
import { boostingOperator, constantScoreOperator, disMaxOperator, nestedOperator } from './dsl/compound.ts';
import type { DslContext, DslOperator } from './dsl/dsl-query.ts';
import { existsOperator } from './dsl/exists.ts';
import { fuzzyOperator } from './dsl/fuzzy.ts';
import { idsOperator } from './dsl/ids.ts';
import { matchBoolPrefixOperator, matchOperator } from './dsl/match.ts';
import { matchAllOperator, matchNoneOperator } from './dsl/match-all.ts';
import { matchPhraseOperator, matchPhrasePrefixOperator } from './dsl/match-phrase.ts';
import { multiMatchOperator } from './dsl/multi-match.ts';
import { isBody } from './dsl/parameters.ts';
import { prefixOperator, regexpOperator, wildcardOperator } from './dsl/pattern.ts';
import { kqlOperator, queryStringOperator, simpleQueryStringOperator } from './dsl/query-text.ts';
import { rangeOperator } from './dsl/range.ts';
import { termOperator, termsOperator, termsSetOperator } from './dsl/term.ts';
import { matchAll, type Query } from './query.ts';

/** Elasticsearch's `indices.query.bool.max_nested_depth` and `indices.query.bool.max_clause_count`. */
export const maxDepth = 30;
export const maxClauses = 1024;

/** Every query of the DSL. A new one is a new file and a row here. */
const operators: ReadonlyMap<string, DslOperator> = new Map([
  ['bool', boolOperator],
  ['boosting', boostingOperator],
  ['constant_score', constantScoreOperator],
  ['dis_max', disMaxOperator],
  ['exists', existsOperator],
  ['fuzzy', fuzzyOperator],
  ['ids', idsOperator],
  ['kql', kqlOperator],
  ['match', matchOperator],
  ['match_all', matchAllOperator],
  ['match_bool_prefix', matchBoolPrefixOperator],
  ['match_none', matchNoneOperator],
  ['match_phrase', matchPhraseOperator],
  ['match_phrase_prefix', matchPhrasePrefixOperator],
  ['multi_match', multiMatchOperator],
  ['nested', nestedOperator],
  ['prefix', prefixOperator],
  ['query_string', queryStringOperator],
  ['range', rangeOperator],
  ['regexp', regexpOperator],
  ['simple_query_string', simpleQueryStringOperator],
  ['term', termOperator],
  ['terms', termsOperator],
  ['terms_set', termsSetOperator],
  ['wildcard', wildcardOperator],
]);

class Limits implements DslContext {
  private depth = 0;
  private clauses = 0;

  parse(json: unknown): Query {
    if (this.depth >= maxDepth) {
      throw illegalArgument(
        `The nested depth of the query exceeds the maximum nested depth for queries set in [indices.query.bool.max_nested_depth]: [${maxDepth}]`,
      );
    }
    this.countClauses(1);
    this.depth += 1;
    try {
      return this.parseOne(json);
    } finally {
      this.depth -= 1;
    }
  }

  countClauses(count: number): void {
    this.clauses += count;
    if (this.clauses > maxClauses) {
      throw elasticsearchError('too_many_clauses', `maxClauseCount is set to ${maxClauses}`);
    }
  }

  private parseOne(json: unknown): Query {
    if (!isBody(json)) throw parsingError('[_na] query malformed, must start with start_object');
    const [name, second] = Object.keys(json);
    if (name === undefined) throw illegalArgument('query malformed, empty clause found');
    const operator = operators.get(name);
    if (operator === undefined) throw parsingError(`unknown query [${name}]`);
    if (second !== undefined) {
      throw parsingError(`[${name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME] [${second}]`);
    }
    return operator(json[name], this);
  }
}

/**
 * Parses the `query` of a search request. Numbers may be `bigint` where JSON held more than 53 bits. `undefined` is
 * `match_all`, as a request without a query is. Throws `AppError`.
 */
export function parseQuery(json: unknown): Query {
  return json === undefined ? matchAll : new Limits().parse(json);
}
