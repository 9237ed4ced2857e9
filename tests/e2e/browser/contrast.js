// How many texts of a page are seen, and those that have less than 4.5 to 1 on their ground. The body of a function.
const parts = (colour) => {
  const found = colour.match(/[\d.]+/g).map(Number);
  return { rgb: found.slice(0, 3), alpha: found.length > 3 ? found[3] : 1 };
};
const light = (rgb) => rgb.map((part) => part / 255).map((part) =>
  part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = parts(getComputedStyle(at).backgroundColor);
    if (colour.alpha === 1) return colour.rgb;
  }
  return [255, 255, 255];
};
makeAllRows();
[...document.querySelectorAll('.case[open]')].slice(0, 12).forEach(fillBody);
document.querySelectorAll('.group, .reason, .part').forEach((node) => { node.open = true; });
const poor = new Map();
let looked = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.matches(':disabled, option')) continue;
  ++looked;
  const style = getComputedStyle(node);
  const colour = light(parts(node instanceof SVGElement ? style.fill : style.color).rgb);
  const below = light(ground(node));
  const contrast = (Math.max(colour, below) + 0.05) / (Math.min(colour, below) + 0.05);
  if (contrast < 4.5) poor.set(node.tagName + '.' + (node.className.baseVal ?? node.className), contrast);
}
return [looked, [...poor]];
