'use strict';
// The list of cases: filters, and rows that are made while the page is already shown.

const ROWS_AT_ONCE = 60; // with the page; the others follow in the time that is left
const ROWS_A_TURN = 250;
const QUIET_STATES = new Set(['passed', 'skipped']);

const list = {
  filter: {},
  parts: [], // what is shown: {state, cases, made, group, node}
  node: el('div', { id: 'list' }),
  status: el('p', { id: 'found', role: 'status' }),
  rows: new Map(), // by id; kept when a filter hides them
  controls: {},
  turn: 0,
};

function fits(each, filter) {
  if (filter.states && filter.states.size && !filter.states.has(each.state)) return false;
  if (filter.weight && each.weight !== filter.weight) return false;
  if (filter.className && each.className !== filter.className) return false;
  if (filter.kind && each.kind !== filter.kind) return false;
  if (filter.ids && !filter.ids.has(each.id)) return false;
  return !filter.words || filter.words.every((word) => each.search.includes(word));
}

function rowOfCase(each) {
  let row = list.rows.get(each.id);
  if (!row) {
    row = caseRow(each);
    list.rows.set(each.id, row);
  }
  return row;
}

// Makes rows of the groups that are open, in order, up to so many; whether some are left.
function makeRows(budget) {
  const open = list.parts.filter((part) => part.group.open);
  for (const part of open) {
    const rows = part.cases.slice(part.made, part.made + budget).map(rowOfCase);
    part.made += rows.length;
    part.node.append(...rows);
    budget -= rows.length;
    if (budget <= 0) return open.some((each) => each.made < each.cases.length);
  }
  return false;
}

function makeAllRows() {
  makeRows(Infinity);
}

function makeLater() {
  const turn = ++list.turn;
  const next = () => {
    if (turn === list.turn && makeRows(ROWS_A_TURN)) setTimeout(next);
  };
  // Behind the first picture of the page.
  requestAnimationFrame(() => setTimeout(next));
}

function partOf(state, chosen, open) {
  const own = chosen.filter((each) => each.state === state.name);
  const node = el('div', { class: 'rows' });
  const group = el('details', { class: 'group', open: open || !QUIET_STATES.has(state.name) },
    el('summary', {}, el('h3', {}, signOf(state.name), ` ${state.words} `,
      el('span', { class: 'quiet' }, String(own.length)))), node);
  group.addEventListener('toggle', () => { if (group.open) makeLater(); });
  return { state, made: 0, group, node, cases: own };
}

function showList() {
  const { filter } = list;
  const chosen = cases.filter((each) => fits(each, filter));
  // What is as it should be is opened on request: by a filter, or by itself.
  const all = chosen.length === cases.length;
  list.parts = STATES.map((state) => partOf(state, chosen, !all)).filter((part) => part.cases.length);
  list.node.replaceChildren(...list.parts.map((part) => part.group));
  if (!chosen.length) list.node.append(el('p', { class: 'nothing' }, 'No case fits these filters.'));
  list.status.textContent = all ? `All ${plural(cases.length, 'case')}`
    : `${chosen.length} of ${plural(cases.length, 'case')}`;
  for (const [name, button] of Object.entries(list.controls.states))
    button.setAttribute('aria-pressed', String(Boolean(filter.states && filter.states.has(name))));
  list.controls.weight.value = filter.weight || '';
  list.controls.className.value = filter.className || '';
  list.controls.kind.value = filter.kind || '';
  if (document.activeElement !== list.controls.text) list.controls.text.value = (filter.words || []).join(' ');
  const only = filter.ids ? filter.label : '';
  list.controls.only.hidden = !only;
  list.controls.only.textContent = only ? `Only: ${only} ✕` : '';
  list.controls.reset.disabled = all && !only;
  makeRows(ROWS_AT_ONCE);
  makeLater();
}

// Replaces the filters; `reveal` brings the list into view.
function setFilter(filter, reveal) {
  list.filter = filter;
  showList();
  if (reveal) {
    const section = document.getElementById('cases');
    section.scrollIntoView();
    document.getElementById('cases-title').focus({ preventScroll: true });
  }
}

function choice(label, values, change) {
  const select = el('select', { onchange: () => change(select.value) }, el('option', { value: '' }, 'all'),
    values.map((value) => el('option', { value }, value)));
  return [el('label', { class: 'field' }, el('span', {}, label), select), select];
}

function filterBar() {
  const change = (what) => setFilter({ ...list.filter, ...what });
  const counts = countStates(cases);
  const states = {};
  for (const state of STATES) {
    if (!counts[state.name]) continue;
    states[state.name] = el('button', { type: 'button', class: 'chip ' + state.name, 'aria-pressed': 'false',
      onclick: () => {
        const chosen = new Set(list.filter.states);
        if (!chosen.delete(state.name)) chosen.add(state.name);
        change({ states: chosen });
      } }, el('span', { class: 'sign ' + state.name, 'aria-hidden': 'true' }, state.sign),
    ` ${state.words} ${counts[state.name]}`);
  }
  const [weightField, weight] = choice('Weight', WEIGHTS, (value) => change({ weight: value }));
  const [classField, className] = choice('Class', classNames, (value) => change({ className: value }));
  const [kindField, kind] = choice('Kind', kinds, (value) => change({ kind: value }));
  const text = el('input', { type: 'search', placeholder: 'id, title, requirement, property', autocomplete: 'off',
    oninput: () => change({ words: text.value.toLowerCase().split(/\s+/).filter(Boolean) }) });
  const reset = el('button', { type: 'button', onclick: () => setFilter({}) }, 'Reset');
  const only = el('button', { type: 'button', class: 'chip only', onclick: () => change({ ids: null }) });
  list.controls = { states, weight, className, kind, text, reset, only };
  return el('div', { class: 'filters', role: 'search', 'aria-label': 'Cases' },
    el('div', { class: 'chips', role: 'group', 'aria-label': 'Result' }, Object.values(states), only),
    el('div', { class: 'fields' }, el('label', { class: 'field text' }, el('span', {}, 'Text'), text), weightField,
      classField, kindField, reset), list.status);
}

// Shows the case that the address names, also where a filter hides it.
function goToCase(id) {
  const each = caseOfId.get(id);
  if (!each) return false;
  if (!fits(each, list.filter)) setFilter({});
  list.parts.find((part) => part.state.name === each.state).group.open = true;
  let row = list.rows.get(id);
  if (!row || !row.isConnected) {
    makeAllRows();
    row = list.rows.get(id);
  }
  row.open = true;
  fillBody(row);
  row.scrollIntoView();
  row.firstElementChild.focus({ preventScroll: true });
  return true;
}

function goToAddress() {
  let name;
  try {
    name = decodeURIComponent(location.hash.slice(1));
  } catch {
    return;
  }
  if (name.startsWith('case-')) goToCase(name.slice('case-'.length));
}

function casesSection() {
  const open = (state) => () => {
    makeAllRows();
    for (const part of list.parts) for (const row of part.node.children) if (row.open !== state) row.open = state;
  };
  return el('section', { id: 'cases', 'aria-labelledby': 'cases-title' },
    el('div', { class: 'heading' }, el('h2', { id: 'cases-title', tabindex: -1 }, 'Cases'),
      el('button', { type: 'button', onclick: open(false) }, 'Close all')), filterBar(), list.node);
}
