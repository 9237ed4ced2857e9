'use strict';
// One case: a row of the list, and what it tells when it is open.

const PROBLEMS_OPEN = 3; // of a case; the others open on request

function copyButton(text, words) {
  const button = el('button', { type: 'button', class: 'copy' }, words);
  const say = (what) => {
    button.textContent = what;
    setTimeout(() => { button.textContent = words; }, 1500);
  };
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      say('Copied');
    } catch {
      // Not every browser lets a page of a file do it; then the text is chosen, ready to be copied.
      const code = button.parentElement.querySelector('code');
      getSelection().selectAllChildren(code);
      say('Selected');
    }
  });
  return button;
}

function term(name, ...content) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, content));
}

function weightBadge(weight) {
  return el('span', { class: 'weight ' + weight }, weight);
}

function evidenceView(problem) {
  const evidence = problem.evidence;
  const facts = el('dl', { class: 'facts' }, term('Request', el('code', {}, evidence.request)),
    term('Outcome', evidence.outcome));
  if (evidence.in !== null) {
    facts.append(term('IN', scrollable('IN', el('pre', {}, JSON.stringify(evidence.in, null, 2)))));
  }
  return [facts, evidence.received || evidence.expected ? receivedView(evidence, problem.where) : null,
    evidence.sent ? sentView(evidence) : null];
}

function problemView(problem) {
  return [
    el('div', { class: 'sides' },
      el('div', { class: 'side wanted' }, el('h5', {}, 'Expected'), el('p', {}, problem.expected)),
      el('div', { class: 'side came' }, el('h5', {}, 'Received'), el('p', {}, problem.received))),
    ...(problem.evidence ? evidenceView(problem) : []),
  ];
}

function problemSection(problem, number) {
  const title = [problem.step ? el('span', { class: 'step' }, problem.step) : null,
    el('span', { class: 'where' }, problem.where)];
  if (number < PROBLEMS_OPEN) {
    return el('section', { class: 'problem' }, el('h4', {}, title), problemView(problem));
  }
  const later = el('details', { class: 'problem' }, el('summary', {}, title));
  later.addEventListener('toggle', () => later.append(...problemView(problem).filter(Boolean)), { once: true });
  return later;
}

// A table where every line is a JSON object, else the lines.
function traceView(lines) {
  const records = lines.map((line) => {
    try {
      return JSON.parse(line);
    } catch {
      return null;
    }
  });
  const summary = el('summary', {}, 'SRB trace around it, ' + plural(lines.length, 'line'));
  if (!records.every((record) => record !== null && typeof record === 'object' && !Array.isArray(record))) {
    return el('details', { class: 'part', open: true }, summary,
      scrollable('SRB trace', el('pre', {}, lines.join('\n'))));
  }
  const keys = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const numbers = new Set(keys.filter((key) => records.every((record) => typeof record[key] === 'number')));
  const text = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''));
  return el('details', { class: 'part', open: true }, summary, scrollable('SRB trace', el('table', { class: 'trace' },
    el('thead', {}, el('tr', {}, keys.map((key) =>
      el('th', { scope: 'col', class: numbers.has(key) && 'number' }, key)))),
    el('tbody', {}, records.map((record) => el('tr', {}, keys.map((key) =>
      el('td', { class: numbers.has(key) && 'number' }, text(record[key])))))))));
}

function before(each) {
  const verdict = comparison && comparison.before[each.id];
  return verdict ? term('Before', 'It ' + (verdict === 'passed' || verdict === 'failed' ? verdict : 'was ' +
    (stateNamed.get(verdict) || { words: verdict }).words) + ' in the earlier report.') : null;
}

function caseBody(each) {
  const { result } = each;
  const facts = el('dl', { class: 'facts' },
    term('Requirement', weightBadge(each.weight), ' ', result.requirement.text),
    term('Source', result.requirement.source),
    result.reason ? term(each.state === 'skipped' ? 'Skipped' : 'Reason', result.reason) : null,
    result.known ? term('Known failure', result.known) : null, before(each));
  return [facts, ...result.problems.map(problemSection), result.trace.length ? traceView(result.trace) : null,
    result.command ? el('div', { class: 'again' }, el('span', {}, 'Run it again'),
      scrollable('Command', el('code', {}, result.command)), copyButton(result.command, 'Copy')) : null];
}

// Bodies are made when they are open and near to what is seen.
const nearby = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) fillBody(entry.target);
}, { rootMargin: '800px 0px' });

function fillBody(row) {
  const body = row.lastElementChild;
  if (!body.classList.contains('waiting')) return;
  nearby.unobserve(row);
  body.classList.remove('waiting');
  body.append(...caseBody(caseOfId.get(row.dataset.id)).filter(Boolean));
}

function isBad(state) {
  return state === 'failed' || state === 'error' || state === 'surprise';
}

function caseRow(each) {
  const className = el('span', { class: 'class' }, breakable(each.className + '/'));
  const name = each.about ? [className, el('wbr'), breakable(each.about)] : breakable(each.className);
  const row = el('details', { class: 'case ' + each.state, id: anchorOf(each.id), 'data-id': each.id,
    open: isBad(each.state) },
  el('summary', {}, signOf(each.state), el('span', { class: 'id' }, name),
    el('span', { class: 'title' }, each.result.title), weightBadge(each.weight),
    el('span', { class: 'time' }, duration(each.result.microseconds))),
  el('div', { class: 'body waiting' }));
  // Also said of a row that is made open.
  row.addEventListener('toggle', () => {
    if (row.open && row.querySelector(':scope > .waiting')) nearby.observe(row);
  });
  return row;
}
