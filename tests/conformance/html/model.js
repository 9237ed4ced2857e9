'use strict';
// What the report says, and small things that every part of the page needs.

// States of a case, the worst first. Each has a sign and words, so that colour is never alone.
const STATES = [
  { name: 'failed', sign: '✗', words: 'failed' },
  { name: 'error', sign: '!', words: 'could not be judged' },
  { name: 'surprise', sign: '±', words: 'passed, known to fail' },
  { name: 'known', sign: '≈', words: 'known failures' },
  { name: 'not_run', sign: '○', words: 'not run' },
  { name: 'passed', sign: '✓', words: 'passed' },
  { name: 'skipped', sign: '–', words: 'skipped' },
];
const WEIGHTS = ['must', 'should', 'may'];
const LISTED_AT_MOST = 20; // kinds of cases that have a column of the matrix
const OTHER_KIND = 'scenarios';

const data = JSON.parse(document.getElementById('data').textContent);
const report = data.report;
const comparison = data.comparison || null;

function stateOf(result) {
  if (result.verdict === 'passed') return result.known ? 'surprise' : 'passed';
  if (result.verdict === 'failed' || result.verdict === 'error') return result.known ? 'known' : result.verdict;
  return result.verdict;
}

const stateNamed = new Map(STATES.map((state, rank) => [state.name, { ...state, rank }]));

// Cases with what filters ask for.
const cases = report.cases.map((result) => {
  const slash = result.id.indexOf('/');
  const className = slash < 0 ? result.id : result.id.slice(0, slash);
  const search = [result.id, result.title, result.requirement.text, result.requirement.source, result.reason,
    result.known, ...result.problems.map((problem) => problem.where)].join('\n').toLowerCase();
  return {
    result, id: result.id, className, about: slash < 0 ? '' : result.id.slice(slash + 1),
    state: stateOf(result), weight: result.requirement.weight, search, kind: OTHER_KIND,
  };
});
const caseOfId = new Map(cases.map((each) => [each.id, each]));

// The kind of a case is what it looks at, the end of its id: "value", "read-only", "in-short". What
// few things are looked at for has a column together with its like.
const kinds = (() => {
  const uses = new Map();
  for (const each of cases) {
    each.kind = each.about.slice(each.about.lastIndexOf('/') + 1);
    const use = uses.get(each.kind) || { all: 0, judged: 0 };
    ++use.all;
    if (each.state !== 'skipped') ++use.judged;
    uses.set(each.kind, use);
  }
  const often = [...uses].filter(([, use]) => use.all > 1)
    .sort(([a, x], [b, y]) => y.judged - x.judged || y.all - x.all || (a < b ? -1 : 1))
    .slice(0, LISTED_AT_MOST).map(([kind]) => kind);
  const listed = new Set(often);
  let others = false;
  for (const each of cases) {
    if (listed.has(each.kind)) continue;
    each.kind = OTHER_KIND;
    others = true;
  }
  return others && !listed.has(OTHER_KIND) ? [...often, OTHER_KIND] : often;
})();
const classNames = [...new Set(cases.map((each) => each.className))].sort();

function countStates(list) {
  const counts = Object.fromEntries(STATES.map((state) => [state.name, 0]));
  for (const each of list) ++counts[each.state];
  return counts;
}

// An element. Texts become text nodes: nothing of a report is ever read as HTML.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

// A sign that screen readers hear as words.
function signOf(stateName) {
  const state = stateNamed.get(stateName);
  return el('span', { class: 'sign ' + state.name, role: 'img', 'aria-label': state.words }, state.sign);
}

function duration(microseconds) {
  if (microseconds < 1000) return microseconds + ' µs';
  if (microseconds < 1e6) return (microseconds / 1000).toFixed(microseconds < 1e4 ? 1 : 0) + ' ms';
  if (microseconds < 6e7) return (microseconds / 1e6).toFixed(2) + ' s';
  return Math.floor(microseconds / 6e7) + ' min ' + Math.round(microseconds % 6e7 / 1e6) + ' s';
}

function plural(count, one, many) {
  return count + ' ' + (count === 1 ? one : many || one + 's');
}

function started(text) {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})Z$/.exec(text);
  return match ? el('time', { datetime: text }, match[1] + ' ' + match[2] + ' UTC') : text;
}

function anchorOf(id) {
  return 'case-' + id;
}

// A name that may be broken where its words meet, as narrow screens need it.
function breakable(name) {
  return name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[_/])/).flatMap((word, i) => (i ? [el('wbr'), word] : [word]));
}

function linkTo(id, ...content) {
  const address = '#' + encodeURIComponent(anchorOf(id)).replaceAll('%2F', '/');
  return el('a', { href: address }, content.length ? content : breakable(id));
}

// A block of text that scrolls in itself and can be reached by keyboard.
function scrollable(label, ...content) {
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, content);
}
