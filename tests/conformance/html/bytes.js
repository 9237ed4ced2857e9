'use strict';
// Blocks as hexadecimal digits: what was expected beside what was received, with the names of the properties.

const ROW = 16;
const ROWS_SHOWN = 16; // of a block without a mark; of others those around the marks
const CONTEXT = 1; // rows around a mark
const NAMED = 6; // properties in a sentence

function bytesOf(hex) {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = parseInt(hex.substr(i * 2, 2), 16);
  return bytes;
}

function hexNumber(number, digits) {
  return number.toString(16).padStart(digits, '0');
}

// "List[3].Name", "List/3/Name" and "Name.name" speak of the same.
function pathOf(where) {
  return where.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/').replace(/\/name$/, '').replace(/[,:].*$/s, '');
}

// The ranges that a problem is about: the property itself, its members, or what it is an element of.
function rangesAt(ranges, where) {
  const path = pathOf(where);
  if (!path) return [];
  const inside = ranges.filter((range) => range.name === path || range.name.startsWith(path + '/'));
  if (inside.length) return inside;
  return ranges.filter((range) => path.startsWith(range.name + '/'));
}

// Marks of each byte: 2 it differs; where it cannot be told which do, 1 it belongs to the property that the problem is
// about.
function marksOf(expected, received, ranges) {
  const size = Math.max(expected ? expected.length : 0, received.length);
  const marks = new Uint8Array(size);
  if (expected) return marks.map((_, i) => (expected[i] === received[i] ? 0 : 2));
  for (const range of ranges) marks.fill(1, Math.min(range.offset, size), Math.min(range.offset + range.size, size));
  return marks;
}

// The bytes of a row, runs of the same mark in one element; digits or characters.
function rowOf(bytes, marks, start, characters) {
  const cell = el('td', { class: characters ? 'characters' : 'digits' });
  const end = Math.min(start + ROW, bytes.length);
  for (let i = start; i < end;) {
    const mark = marks[i];
    const first = i;
    let text = '';
    for (; i < end && marks[i] === mark; ++i) {
      const byte = bytes[i];
      if (characters) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
      else text += (i > first ? (i % 8 === 0 ? '  ' : ' ') : '') + hexNumber(byte, 2);
    }
    if (!characters && first > start) cell.append(first % 8 === 0 ? '  ' : ' ');
    cell.append(mark === 0 ? text : el('mark', { class: mark === 2 ? 'differs' : 'about' }, text));
  }
  return cell;
}

// Names of the properties that begin in a row; of a row inside of one property its name, quietly.
function namesOf(ranges, start, about) {
  const cell = el('td', { class: 'names' });
  const begun = ranges.filter((range) => range.offset >= start && range.offset < start + ROW);
  for (const range of begun) {
    const named = about.includes(range) ? el('strong', {}, range.name) : range.name;
    cell.append(cell.hasChildNodes() ? ', ' : '', named);
  }
  const around = begun.length ? null
    : ranges.find((range) => range.offset < start && range.offset + range.size > start);
  if (around) cell.append(el('span', { class: 'quiet' }, '… ' + around.name));
  return cell;
}

// Numbers of the rows that are shown before somebody asks for all.
function rowsShown(marks) {
  const rows = Math.ceil(marks.length / ROW);
  const all = [...Array(rows).keys()];
  if (rows <= ROWS_SHOWN) return all;
  const marked = new Set();
  marks.forEach((mark, i) => { if (mark !== 0) marked.add(Math.floor(i / ROW)); });
  if (!marked.size) return all.slice(0, ROWS_SHOWN);
  const isNear = (row) => [...Array(2 * CONTEXT + 1).keys()].some((step) => marked.has(row + step - CONTEXT));
  return all.filter(isNear).slice(0, ROWS_SHOWN);
}

function hexTable(view) {
  const { expected, received, ranges, about, marks, label } = view;
  const both = Boolean(expected);
  const head = el('tr', {}, el('th', { scope: 'col' }, 'Offset'),
    both ? el('th', { scope: 'col' }, 'Expected') : null,
    el('th', { scope: 'col', colspan: 2 }, view.one || 'Received'),
    ranges.length ? el('th', { scope: 'col' }, 'Properties') : null);
  const body = el('tbody');
  const columns = 3 + (both ? 1 : 0) + (ranges.length ? 1 : 0);
  const total = Math.ceil(marks.length / ROW);
  const fill = (rows) => {
    body.replaceChildren();
    let next = 0;
    const gap = (count) => {
      if (count > 0) {
        body.append(el('tr', { class: 'gap' }, el('td', { colspan: columns },
          el('button', { type: 'button', onclick: () => fill([...Array(total).keys()]) },
            'Show ' + plural(count, 'more row')))));
      }
    };
    for (const row of rows) {
      gap(row - next);
      next = row + 1;
      const start = row * ROW;
      body.append(el('tr', {}, el('th', { scope: 'row' }, hexNumber(start, 4)),
        both ? rowOf(expected, marks, start, false) : null,
        rowOf(received, marks, start, false), rowOf(received, marks, start, true),
        ranges.length ? namesOf(ranges, start, about) : null));
    }
    gap(total - next);
  };
  fill(rowsShown(marks));
  return scrollable(label, el('table', { class: 'hex' }, el('thead', {}, head), body));
}

// What the marks say, in words.
function marksText(view) {
  if (view.expected) {
    // First and last place of what differs, by property.
    const places = new Map();
    view.marks.forEach((mark, i) => {
      if (mark !== 2) return;
      const range = view.ranges.find((each) => each.offset <= i && each.offset + each.size > i);
      const name = range ? range.name : 'no property';
      places.set(name, [(places.get(name) || [i])[0], i]);
    });
    const differing = view.marks.reduce((sum, mark) => sum + (mark === 2 ? 1 : 0), 0);
    if (!differing) return 'The blocks do not differ.';
    const texts = [...places].map(([name, [first, last]]) =>
      `${name}, 0x${hexNumber(first, 4)}` + (last > first ? ` to 0x${hexNumber(last, 4)}` : ''));
    const more = texts.length > NAMED ? ` and ${texts.length - NAMED} more properties` : '';
    return `${plural(differing, 'byte differs', 'bytes differ')}: ${texts.slice(0, NAMED).join('; ')}${more}.`;
  }
  return view.about.map((range) => `${range.name}: ${plural(range.size, 'byte')} at 0x${hexNumber(range.offset, 4)}`)
    .slice(0, NAMED).join(', ');
}

// The received block of an evidence, beside the expected one where it is known.
function receivedView(evidence, where) {
  const received = bytesOf(evidence.received);
  const expected = evidence.expected ? bytesOf(evidence.expected) : null;
  const ranges = [...evidence.ranges].sort((a, b) => a.offset - b.offset);
  const about = rangesAt(ranges, where);
  const view = { expected, received, ranges, about, marks: marksOf(expected, received, about) };
  view.label = expected ? 'Expected and received block' : 'Received block';
  const words = marksText(view);
  return el('div', { class: 'block' },
    el('p', { class: 'caption' }, el('b', {}, 'Received block'), `, ${plural(received.length, 'byte')}. `, words),
    received.length || expected ? hexTable(view) : null);
}

function sentView(evidence) {
  const sent = bytesOf(evidence.sent);
  const view = { expected: null, received: sent, ranges: [], about: [], marks: new Uint8Array(sent.length), one: 'Sent',
    label: 'Sent block' };
  return el('details', { class: 'part', open: !evidence.received },
    el('summary', {}, 'Sent block, ' + plural(sent.length, 'byte')), hexTable(view));
}
