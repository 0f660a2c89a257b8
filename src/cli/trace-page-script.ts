/**
 * The script of the trace page. It draws only the rows in sight, so a trace of 100,000 spans scrolls as one of ten. Everything of the
 * trace enters the document as text, never as markup. Rows are `[depth, name, service, start, duration, state, details]`, times in
 * microseconds from the start of the trace, in the order of the tree.
 */
export const tracePageScript = `'use strict';
(() => {
  const trace = JSON.parse(document.getElementById('trace').textContent);
  const rows = trace.rows;
  const height = 24;
  const DEPTH = 0, NAME = 1, SERVICE = 2, START = 3, TOOK = 4, STATE = 5, DETAILS = 6;
  const box = document.getElementById('rows');
  const details = document.getElementById('details');
  const search = document.getElementById('search');
  const found = document.getElementById('found');
  const folded = new Set();
  let visible = [];
  let matches = null;
  let current = -1;
  let from = trace.from, to = trace.to;

  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const time = (micros) => {
    const size = Math.abs(micros);
    if (size < 1000) return Math.round(micros) + 'µs';
    if (size < 1e6) return +(micros / 1e3).toPrecision(size < 1e5 ? 3 : 4) + 'ms';
    if (size < 6e7) return +(micros / 1e6).toPrecision(3) + 's';
    return Math.floor(micros / 6e7) + 'm' + Math.round((micros % 6e7) / 1e6) + 's';
  };
  // Neighbours in the list get hues far apart.
  const hues = new Map();
  for (const row of rows) if (!hues.has(row[SERVICE])) hues.set(row[SERVICE], (200 + hues.size * 137.5) % 360);
  const colour = (service) => 'hsl(' + hues.get(service) + ' 55% 55%)';
  const hasChildren = (at) => at + 1 < rows.length && rows[at + 1][DEPTH] > rows[at][DEPTH];

  const refresh = () => {
    visible = [];
    let hideBelow = Infinity;
    for (let at = 0; at < rows.length; at++) {
      const depth = rows[at][DEPTH];
      if (depth > hideBelow) continue;
      hideBelow = folded.has(at) ? depth : Infinity;
      visible.push(at);
    }
    room.style.height = visible.length * height + 'px';
    draw();
  };

  const rowOf = (at, position) => {
    const row = rows[at];
    const state = row[STATE];
    const element = make('div', 'row' + (state === 1 ? ' bad' : state > 1 ? ' wait' : '') + (at === current ? ' on' : '') + (matches && !matches.has(at) ? ' dim' : ''));
    element.style.top = position * height + 'px';
    element.setAttribute('role', 'treeitem');
    element.setAttribute('aria-level', row[DEPTH] + 1);
    element.setAttribute('aria-selected', at === current);
    element.id = 'row-' + at;
    const name = make('span', 'name');
    name.style.paddingLeft = Math.min(row[DEPTH], 30) * 14 + 6 + 'px';
    const fold = make('span', 'fold', hasChildren(at) ? (folded.has(at) ? '▸' : '▾') : '');
    if (hasChildren(at)) {
      element.setAttribute('aria-expanded', !folded.has(at));
      fold.dataset.fold = at;
    }
    name.append(fold, make('span', 'title', row[NAME]), ' ', make('span', 'service', row[SERVICE]));
    name.title = row[NAME] + ' — ' + row[SERVICE];
    const track = make('span', 'track');
    const span = Math.max(1, to - from);
    const left = ((row[START] - from) / span) * 100;
    const width = ((row[TOOK] === null ? trace.to - row[START] : row[TOOK]) / span) * 100;
    const bar = make('span', 'bar');
    bar.style.left = left + '%';
    bar.style.width = Math.max(0, width) + '%';
    bar.style.background = row[TOOK] === null ? 'repeating-linear-gradient(45deg,' + colour(row[SERVICE]) + ' 0 6px,transparent 6px 10px)' : colour(row[SERVICE]);
    const label = make('span', 'time', row[TOOK] === null ? (state === 3 ? 'never ended' : 'running') : time(row[TOOK]));
    if (left + width < 75) label.style.left = 'calc(' + Math.max(0, left + width) + '% + 2px)';
    else label.style.right = 'calc(' + Math.max(0, Math.min(100, 100 - left)) + '% + 2px)';
    if (left >= 75 || left + width < 75 || left > 15) track.append(bar, label);
    else {
      label.style.right = '';
      label.style.left = Math.max(0, left) + '%';
      track.append(bar, label);
    }
    element.append(name, track);
    element.dataset.at = at;
    return element;
  };

  const room = make('div');
  room.style.position = 'relative';
  box.append(room);
  const draw = () => {
    const first = Math.max(0, Math.floor(box.scrollTop / height) - 10);
    const last = Math.min(visible.length, Math.ceil((box.scrollTop + box.clientHeight) / height) + 10);
    const fresh = [];
    for (let position = first; position < last; position++) fresh.push(rowOf(visible[position], position));
    room.replaceChildren(...fresh);
    box.setAttribute('aria-activedescendant', current === -1 ? '' : 'row-' + current);
  };

  const ticks = () => {
    const line = document.getElementById('ticks');
    const marks = [];
    for (let part = 0; part < 5; part++) {
      const mark = make('span', '', time(from - trace.from + ((to - from) * part) / 5));
      mark.style.left = part * 20 + '%';
      marks.push(mark);
    }
    line.replaceChildren(...marks);
  };

  const list = (title, pairs) => {
    if (pairs.length === 0) return [];
    const dl = make('dl');
    for (const [key, value] of pairs) dl.append(make('dt', '', key), make('dd', '', value));
    return [make('h3', '', title), dl];
  };

  const select = (at, scroll) => {
    current = at;
    const row = rows[at];
    details.hidden = false;
    const parts = [make('h2', '', row[NAME])];
    for (const [title, pairs] of row[DETAILS]) parts.push(...list(title, pairs));
    details.replaceChildren(...parts);
    details.scrollTop = 0;
    if (scroll) {
      const position = visible.indexOf(at);
      if (position * height < box.scrollTop) box.scrollTop = position * height;
      else if ((position + 1) * height > box.scrollTop + box.clientHeight) box.scrollTop = (position + 1) * height - box.clientHeight;
    }
    draw();
  };

  const toggle = (at) => {
    if (!folded.delete(at)) folded.add(at);
    refresh();
  };

  const reveal = (at) => {
    let depth = rows[at][DEPTH];
    for (let above = at - 1; above >= 0 && depth > 0; above--) {
      if (rows[above][DEPTH] < depth) {
        depth = rows[above][DEPTH];
        folded.delete(above);
      }
    }
    refresh();
    select(at, true);
  };

  const texts = [];
  const textOf = (at) => {
    texts[at] ??= [rows[at][NAME], rows[at][SERVICE], ...rows[at][DETAILS].flatMap(([, pairs]) => pairs.map(([key, value]) => key + '=' + value))].join('\\n').toLowerCase();
    return texts[at];
  };
  const find = () => {
    const wanted = search.value.trim().toLowerCase();
    matches = wanted === '' ? null : new Set();
    if (matches) for (let at = 0; at < rows.length; at++) if (textOf(at).includes(wanted)) matches.add(at);
    found.textContent = matches ? matches.size + ' of ' + rows.length : '';
    draw();
  };
  const nextMatch = (accepts) => {
    for (let step = 1; step <= rows.length; step++) {
      const at = (current + step) % rows.length;
      if (accepts(at)) return reveal(at);
    }
  };

  box.addEventListener('scroll', () => requestAnimationFrame(draw), { passive: true });
  addEventListener('resize', draw);
  box.addEventListener('click', (event) => {
    const fold = event.target.closest('[data-fold]');
    if (fold) return toggle(Number(fold.dataset.fold));
    const row = event.target.closest('.row');
    if (row) select(Number(row.dataset.at), false);
  });
  box.addEventListener('dblclick', (event) => {
    const row = event.target.closest('.row');
    if (!row) return;
    const [, , , start, took] = rows[Number(row.dataset.at)];
    if (took === null || took <= 0) return;
    from = start - took * 0.05;
    to = start + took * 1.05;
    ticks();
    draw();
  });
  box.addEventListener('keydown', (event) => {
    const position = visible.indexOf(current);
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -rows.length, End: rows.length }[event.key];
    if (move !== undefined) select(visible[Math.max(0, Math.min(visible.length - 1, position + move))], true);
    else if (event.key === 'ArrowLeft' && current >= 0 && hasChildren(current) && !folded.has(current)) toggle(current);
    else if (event.key === 'ArrowRight' && folded.has(current)) toggle(current);
    else return;
    event.preventDefault();
  });
  addEventListener('keydown', (event) => {
    if (event.key === '/' && event.target !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  search.addEventListener('input', find);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && matches) nextMatch((at) => matches.has(at));
  });
  document.getElementById('next-error').addEventListener('click', () => nextMatch((at) => rows[at][STATE] === 1));
  document.getElementById('fold-all').addEventListener('click', () => {
    if (folded.size > 0) folded.clear();
    else for (let at = 0; at < rows.length; at++) if (rows[at][DEPTH] > 0 && hasChildren(at)) folded.add(at);
    refresh();
  });
  document.getElementById('whole').addEventListener('click', () => {
    from = trace.from;
    to = trace.to;
    ticks();
    draw();
  });
  ticks();
  refresh();
})();
`;
