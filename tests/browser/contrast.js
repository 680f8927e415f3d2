() => {
  const parse = c => (c.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = (top, under) => [0, 1, 2].map(i => top[i] * (top[3] ?? 1) + under[i] * (1 - (top[3] ?? 1)));
  const luminance = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  const behind = e => { const chain = []; for (let n = e; n && n.nodeType === 1; n = n.parentElement) chain.push(n);
    return chain.reverse().reduce((under, n) => over(parse(getComputedStyle(n).backgroundColor), under), canvas); };
  const opacity = e => { let o = 1; for (let n = e; n && n.nodeType === 1; n = n.parentElement) o *= Number(getComputedStyle(n).opacity); return o; };
  let worst = {ratio: 99};
  for (const e of document.querySelectorAll('.km-report *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.offsetParent || e.tagName === 'SCRIPT') continue;
    const under = behind(e), ink = parse(getComputedStyle(e).color);
    const seen = over([ink[0], ink[1], ink[2], (ink[3] ?? 1) * opacity(e)], under);
    const [a, b] = [luminance(seen), luminance(under)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < worst.ratio) worst = {ratio, text: e.textContent.trim().slice(0, 60), color: getComputedStyle(e).color, under};
  }
  return worst;
}
