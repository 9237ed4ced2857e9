'use strict';
// The page: its parts in order, how it looks, and what happens with the whole of it.

const sections = [
  ['summary', 'Summary', summarySection()],
  ['comparison', 'Comparison', comparisonSection()],
  ['matrix', 'Matrix', matrixSection()],
  ['cases', 'Cases', casesSection()],
  ['known', 'Known failures', grouped('known', 'Known failures', 'They do not count, for these reasons.',
    cases.filter((each) => each.state === 'known' || each.state === 'surprise'), (each) => each.result.known)],
  ['skipped', 'Skipped', grouped('skipped', 'Skipped', 'These cases do not apply, for these reasons.',
    cases.filter((each) => each.state === 'skipped'), (each) => each.result.reason)],
  ['times', 'Durations', timesSection()],
].filter(([, , node]) => node);

// The colours of the system, until somebody has chosen others.
const theme = document.getElementById('theme');
const systemDark = matchMedia('(prefers-color-scheme: dark)');

function chosenTheme() {
  try {
    return localStorage.getItem('hbalab-report-theme');
  } catch {
    return null; // a page of a file may have no store
  }
}

function showTheme(name) {
  if (name) document.documentElement.dataset.theme = name;
  const other = (name ? name === 'dark' : systemDark.matches) ? 'light' : 'dark';
  theme.dataset.to = other;
  theme.textContent = other === 'dark' ? 'Dark' : 'Light';
  theme.setAttribute('aria-label', `Show it in ${other} colours`);
}

theme.addEventListener('click', () => {
  const name = theme.dataset.to;
  showTheme(name);
  try {
    localStorage.setItem('hbalab-report-theme', name);
  } catch {
    // It holds for this view of the page.
  }
});
systemDark.addEventListener('change', () => showTheme(chosenTheme()));
showTheme(chosenTheme());

document.getElementById('program').append('hbalab conform');
document.getElementById('sections').append(...sections.map(([id, title]) => el('a', { href: '#' + id }, title)));
document.getElementById('page').replaceChildren(...sections.map(([, , node]) => node));
showList();

addEventListener('hashchange', goToAddress);
// Behind what the browser does for the address by itself, which takes the focus away.
addEventListener('load', goToAddress);

// On paper every failure is open, and has what it says.
addEventListener('beforeprint', () => {
  makeAllRows();
  for (const row of list.rows.values()) {
    if (!row.isConnected || !isBad(caseOfId.get(row.dataset.id).state)) continue;
    row.open = true;
    fillBody(row);
  }
});
