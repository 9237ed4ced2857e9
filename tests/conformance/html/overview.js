'use strict';
// What stands around the list: the verdict, sums, the matrix, what has changed, times.

const SLOWEST = 12;
const LISTED = 12; // ids of a list before somebody asks for more

// The verdict in one sentence, and the state that it has.
function verdict() {
  const counts = countStates(cases);
  const judged = counts.failed + counts.error + counts.surprise + counts.known + counts.passed;
  const musts = cases.filter((each) => each.state === 'failed' && each.weight === 'must').length;
  if (report.unfinished) {
    return ['error', `The run was not finished: ${report.unfinished}. ` +
      `${plural(counts.failed, 'case')} of ${judged} failed until then.`];
  }
  if (counts.failed) {
    return ['failed', `${counts.failed} of ${plural(judged, 'case')} failed, ` +
      `${musts ? musts + ' of them on what the interface demands (must)' : 'none of them on a must'}` +
      (counts.error ? `; ${counts.error} could not be judged.` : '.')];
  }
  if (counts.error) return ['error', `${counts.error} of ${plural(judged, 'case')} could not be judged; none failed.`];
  if (counts.surprise) {
    return ['surprise', `No case failed, but ${counts.surprise} passed that the list of known failures has.`];
  }
  if (!counts.passed) return ['skipped', 'Nothing was judged: no case applies.'];
  return ['passed', `All ${plural(judged, 'case')} that apply passed` +
    (counts.known ? `, except ${plural(counts.known, 'known failure')}.` : '.')];
}

function bar(counts, total) {
  return el('div', { class: 'bar', role: 'img', 'aria-label': STATES.filter((state) => counts[state.name])
    .map((state) => `${counts[state.name]} ${state.words}`).join(', ') },
  STATES.filter((state) => counts[state.name]).map((state) =>
    el('span', { class: state.name, style: `flex-grow: ${Math.max(counts[state.name], total / 150)}` })));
}

// Counts by weight and state; each leads to its cases.
function sums() {
  const byWeight = [...WEIGHTS.filter((weight) => cases.some((each) => each.weight === weight)), ''];
  const all = countStates(cases);
  const states = STATES.filter((state) => all[state.name]);
  const row = (weight) => {
    const own = cases.filter((each) => !weight || each.weight === weight);
    const counts = countStates(own);
    const cell = (count, filter, label) => el('td', {}, count === 0 ? el('span', { class: 'quiet' }, '0')
      : el('button', { type: 'button', class: 'count', 'aria-label': label, onclick: () => setFilter(filter, true) },
        String(count)));
    return el('tr', { class: weight ? false : 'total' }, el('th', { scope: 'row' }, weight || 'all'),
      states.map((state) => cell(counts[state.name], { states: new Set([state.name]), weight },
        `${counts[state.name]} ${state.words}, ${weight || 'all weights'}`)),
      cell(own.length, { weight }, `${own.length} cases, ${weight || 'all weights'}`));
  };
  return scrollable('Counts', el('table', { class: 'sums' },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Weight'),
      states.map((state) => el('th', { scope: 'col' }, signOf(state.name),
        el('span', { 'aria-hidden': 'true' }, ' ' + state.words))), el('th', { scope: 'col' }, 'cases'))),
    el('tbody', {}, byWeight.map(row))));
}

function summarySection() {
  const [state, sentence] = verdict();
  const facts = [report.started ? ['Begun', started(report.started)] : null, ['Took', duration(report.microseconds)],
    ['Suite', report.version], report.seed ? ['Seed', String(report.seed)] : null].filter(Boolean);
  return el('section', { id: 'summary', 'aria-labelledby': 'title' },
    el('h1', { id: 'title' }, 'Conformance of ', el('span', { class: 'subject' }, report.subject)),
    el('dl', { class: 'run' }, facts.map(([name, value]) => term(name, value))),
    el('p', { class: 'verdict ' + state }, el('span', { class: 'sign ' + state, 'aria-hidden': 'true' },
      stateNamed.get(state).sign), ' ', el('span', {}, sentence)),
    bar(countStates(cases), cases.length), sums());
}

// ---- matrix ------------------------------------------------------------------------------------

function matrixCell(className, kind, own) {
  if (!own) return el('td', {});
  const counts = countStates(own);
  const worst = STATES.find((state) => counts[state.name]);
  const some = counts[worst.name];
  const of = worst.name === 'skipped' ? some : own.length - counts.skipped;
  const label = `${className}, ${kind}: ` + STATES.filter((state) => counts[state.name])
    .map((state) => `${counts[state.name]} ${state.words}`).join(', ');
  return el('td', {}, el('button', { type: 'button', class: 'cell ' + worst.name, 'aria-label': label, title: label,
    onclick: () => setFilter({ className, kind }, true) }, el('span', { class: 'mark' }, worst.sign),
  some === of ? String(some) : [String(some), el('small', {}, '/' + of)]));
}

function matrixSection() {
  const places = new Map();
  for (const each of cases) {
    const key = each.className + '\n' + each.kind;
    if (!places.has(key)) places.set(key, []);
    places.get(key).push(each);
  }
  const known = classNames.map((className) => {
    const own = cases.filter((each) => each.className === className);
    return { className, worst: STATES.find((state) => own.some((each) => each.state === state.name)) };
  });
  // Classes of which nothing could be judged come last.
  const judged = known.filter(({ worst }) => worst.name !== 'skipped');
  const rows = [...judged, ...known.filter(({ worst }) => worst.name === 'skipped')].map(({ className, worst }) =>
    el('tr', {}, el('th', { scope: 'row' }, el('button', { type: 'button', class: 'plain',
      onclick: () => setFilter({ className }, true) }, signOf(worst.name), ' ', breakable(className))),
    kinds.map((kind) => matrixCell(className, kind, places.get(className + '\n' + kind)))));
  const legend = STATES.filter((state) => cases.some((each) => each.state === state.name))
    .map((state) => el('li', {}, el('span', { class: 'sign ' + state.name, 'aria-hidden': 'true' }, state.sign), ' ',
      state.words));
  return el('section', { id: 'matrix', 'aria-labelledby': 'matrix-title' },
    el('h2', { id: 'matrix-title' }, 'Requirements by class'),
    el('p', { class: 'caption' }, 'How many cases of each kind a class has. Where results differ, the worst: so many ' +
      'of so many that apply. A cell leads to its cases.'), el('ul', { class: 'legend' }, legend),
    el('div', { class: 'scroll matrix', tabindex: 0, role: 'region', 'aria-label': 'Matrix of requirements' },
      el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Class'),
        kinds.map((kind) => el('th', { scope: 'col' }, el('span', {}, kind))))), el('tbody', {}, rows))));
}

// ---- lists -------------------------------------------------------------------------------------

// Ids as links, a few of them at first.
function idList(ids, item) {
  const made = (id) => el('li', {}, item ? item(id) : linkTo(id));
  const node = el('ul', { class: 'ids' }, ids.slice(0, LISTED).map(made));
  if (ids.length <= LISTED) return node;
  const more = el('li', {}, el('button', { type: 'button', onclick: () => {
    more.replaceWith(...ids.slice(LISTED).map(made));
  } }, `Show ${ids.length - LISTED} more`));
  node.append(more);
  return node;
}

function comparisonSection() {
  if (!comparison) return null;
  const now = (id) => (caseOfId.has(id) ? stateNamed.get(caseOfId.get(id).state).words : 'gone');
  const quietly = (text) => el('span', { class: 'quiet' }, ' ' + text);
  const changed = (id) => [linkTo(id), quietly(`${comparison.before[id]} → ${now(id)}`)];
  const kindsOf = [
    ['worse', 'Worse', 'failed', changed], ['better', 'Better', 'passed', changed],
    ['added', 'New', 'not_run', (id) => [linkTo(id), quietly(now(id))]],
    ['gone', 'Gone', 'skipped', (id) => [el('code', {}, breakable(id)), quietly(comparison.before[id] + ' → gone')]],
  ];
  const some = kindsOf.some(([name]) => comparison[name].length);
  return el('section', { id: 'comparison', 'aria-labelledby': 'comparison-title' },
    el('h2', { id: 'comparison-title' }, 'Compared with the earlier report'),
    el('p', { class: 'caption' }, `${comparison.subject}, ${comparison.version}`,
      comparison.started ? [', ', started(comparison.started)] : null),
    some ? el('div', { class: 'changes' }, kindsOf.filter(([name]) => comparison[name].length)
      .map(([name, words, state, item]) => el('div', { class: 'change ' + state },
        el('h3', {}, `${words} `, el('span', { class: 'quiet' }, String(comparison[name].length)),
          name === 'gone' ? null : el('button', { type: 'button', onclick: () =>
            setFilter({ ids: new Set(comparison[name]), label: words.toLowerCase() }, true) }, 'Only these')),
        idList(comparison[name], item))))
      : el('p', {}, 'Nothing has changed.'));
}

// Cases by a text that they have, the most frequent first.
function grouped(id, title, caption, chosen, textOf) {
  if (!chosen.length) return null;
  const byText = new Map();
  for (const each of chosen) {
    const text = textOf(each);
    if (!byText.has(text)) byText.set(text, []);
    byText.get(text).push(each.id);
  }
  const groups = [...byText].sort((a, b) => b[1].length - a[1].length);
  return el('section', { id, 'aria-labelledby': id + '-title' }, el('h2', { id: id + '-title' }, title),
    el('p', { class: 'caption' }, caption),
    groups.map(([text, ids]) => {
      const node = el('details', { class: 'reason' }, el('summary', {}, el('span', { class: 'number' },
        String(ids.length)), ' ', el('span', {}, text || 'no reason given')));
      node.addEventListener('toggle', () => node.append(idList(ids)), { once: true });
      return node;
    }));
}

// ---- times -------------------------------------------------------------------------------------

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function slowest(judged) {
  const most = [...judged].sort((a, b) => b.result.microseconds - a.result.microseconds).slice(0, SLOWEST);
  const longest = Math.max(1, most[0].result.microseconds);
  return el('div', { class: 'chart' }, el('h3', {}, 'The slowest'), el('ol', { class: 'slowest' }, most.map((each) => {
    const width = Math.max(0.5, each.result.microseconds / longest * 100);
    return el('li', {}, linkTo(each.id), el('span', { class: 'time' }, duration(each.result.microseconds)),
      svg('svg', { class: 'rule', 'aria-hidden': 'true' }, svg('rect', { width: width + '%', height: '100%' })));
  })));
}

// Three steps for a power of ten: 1, 2, 5.
function steps(longest) {
  const bounds = [];
  for (let power = 10; bounds.length === 0 || bounds[bounds.length - 1] <= longest; power *= 10)
    bounds.push(power, power * 2, power * 5);
  return bounds;
}

function distribution(judged) {
  const times = judged.map((each) => each.result.microseconds);
  let bins = steps(Math.max(...times)).map((upper, i, all) => {
    const lower = i === 0 ? 0 : all[i - 1];
    return { lower, upper, count: times.filter((time) => time >= lower && time < upper).length };
  });
  const first = bins.findIndex((bin) => bin.count);
  const last = bins.findLastIndex((bin) => bin.count);
  bins = bins.slice(first, last + 1);
  const most = Math.max(...bins.map((bin) => bin.count));
  const wide = 100 / bins.length;
  const chart = svg('svg', { class: 'histogram', role: 'img', 'aria-label':
    'Cases by their duration; the table below has the numbers' });
  bins.forEach((bin, i) => {
    const height = bin.count / most * 72;
    const middle = (i + 0.5) * wide + '%';
    chart.append(svg('rect', { x: i * wide + wide * 0.08 + '%', width: wide * 0.84 + '%', y: 86 - height + '%',
      height: height + '%' }),
    svg('text', { x: middle, y: 83 - height + '%', 'text-anchor': 'middle', class: 'value' }, bin.count || ''));
    if (bins.length <= 8 || i % Math.ceil(bins.length / 6) === 0) {
      chart.append(svg('text', { x: i * wide + wide * 0.08 + '%', y: '97%', 'text-anchor': 'start' },
        '≥ ' + duration(bin.lower)));
    }
  });
  return el('div', { class: 'chart' }, el('h3', {}, 'How long cases take'), chart,
    el('details', { class: 'part' }, el('summary', {}, 'As a table'), el('table', {},
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'From'), el('th', { scope: 'col' }, 'to'),
        el('th', { scope: 'col' }, 'Cases'))),
      el('tbody', {}, bins.map((bin) => el('tr', {}, el('td', { class: 'number' }, duration(bin.lower)),
        el('td', { class: 'number' }, duration(bin.upper)), el('td', { class: 'number' }, String(bin.count))))))));
}

function timesSection() {
  const judged = cases.filter((each) => each.state !== 'skipped' && each.state !== 'not_run');
  if (!judged.length) return null;
  const total = judged.reduce((sum, each) => sum + each.result.microseconds, 0);
  const middle = judged.map((each) => each.result.microseconds).sort((a, b) => a - b)[Math.floor(judged.length / 2)];
  return el('section', { id: 'times', 'aria-labelledby': 'times-title' }, el('h2', { id: 'times-title' }, 'Durations'),
    el('p', { class: 'caption' }, `${plural(judged.length, 'case')}, ${duration(total)} together; half of them take ` +
      `at most ${duration(middle)}.`), el('div', { class: 'charts' }, distribution(judged), slowest(judged)));
}
