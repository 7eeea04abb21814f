// Looks at the report's page from within: is every chart drawn, is there a table behind it, was anything fetched, and what
// does axe-core say? Writes what it found as JSON into the page.
(async () => {
  // By the load event every picture, sheet and script has come or was refused.
  if (document.readyState !== 'complete') await new Promise((loaded) => addEventListener('load', loaded, { once: true }));
  const found = { scheme: '', charts: 0, faults: [], axe: null };
  const fault = (text) => found.faults.push(text);
  found.scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  for (const details of document.querySelectorAll('details')) details.open = true;

  for (const figure of document.querySelectorAll('figure')) {
    found.charts += 1;
    const name = figure.id;
    const svg = figure.querySelector('svg[role=img]');
    if (!svg) { fault(`${name} has no chart`); continue; }
    const box = svg.getBoundingClientRect();
    if (box.width < 300 || box.height < 60) fault(`${name} is ${box.width} by ${box.height}`);
    const title = svg.querySelector(':scope > title');
    const description = svg.querySelector(':scope > desc');
    if (!title?.textContent.trim() || !description?.textContent.trim()) fault(`${name} is not described`);
    const ground = getComputedStyle(svg.querySelector('rect')).fill;
    const marks = [...svg.querySelectorAll('rect, circle, path')].filter((mark) => {
      const area = mark.getBBox();
      const style = getComputedStyle(mark);
      const painted = style.fill !== 'none' && style.fill !== ground || style.stroke !== 'none';
      return painted && (area.width > 0 || area.height > 0);
    });
    if (marks.length === 0) fault(`${name} has no mark`);
    for (const text of svg.querySelectorAll('text')) {
      const area = text.getBBox();
      const whole = svg.viewBox.baseVal;
      if (area.x < -1 || area.x + area.width > whole.width + 1) fault(`${name}: "${text.textContent}" leaves the drawing`);
    }
    const rows = figure.querySelectorAll('details tbody tr').length;
    if (rows === 0) fault(`${name} has no table behind it`);
    if (!figure.querySelector('details caption')?.textContent.trim()) fault(`${name}: its table has no caption`);
    if (!figure.querySelector('figcaption')?.textContent.trim()) fault(`${name} has no caption`);
  }
  if (found.charts === 0) fault('there is no chart');

  for (const section of document.querySelectorAll('main section')) {
    if (!section.querySelector('figure, table, dl, .reason')) fault(`${section.id} is empty, and does not say why`);
  }
  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((heading) => Number(heading.localName[1]));
  if (levels.filter((level) => level === 1).length !== 1) fault('there is not one h1');
  levels.forEach((level, at) => {
    if (at > 0 && level > levels[at - 1] + 1) fault(`heading ${at + 1} skips a level`);
  });
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  if (new Set(ids).size !== ids.length) fault('an id stands twice');
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.querySelector(link.getAttribute('href'))) fault(`${link.getAttribute('href')} leads nowhere`);
  }
  // What elements ask for, whether it came or not, and what a sheet or a script fetched: the browser lists a fetch that failed
  // at a time of its own.
  const fetched = new Set(performance.getEntriesByType('resource').map((entry) => entry.name));
  const asking = { src: '[src]', srcset: '[srcset]', href: 'link[href], image[href], use[href]', data: 'object[data]' };
  for (const [attribute, selector] of Object.entries(asking)) {
    for (const element of document.querySelectorAll(selector)) {
      const address = element.getAttribute(attribute);
      if (!/^(#|data:)/.test(address)) fetched.add(new URL(address, document.baseURI).href);
    }
  }
  for (const address of fetched) fault(`fetched ${address}`);
  if (document.documentElement.scrollWidth > innerWidth) fault('the page is wider than the window');

  if (window.axe) {
    const result = await axe.run(document, { resultTypes: ['violations', 'incomplete'] });
    const told = (rule) => `${rule.id}: ${rule.help} (${rule.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')})`;
    found.axe = { version: axe.version, passes: result.passes.length, violations: result.violations.map(told) };
    found.axe.incomplete = result.incomplete.map(told);
  }
  const out = document.createElement('script');
  out.type = 'application/json';
  out.id = 'findings';
  out.textContent = JSON.stringify(found).replaceAll('<', '\\u003c');
  document.body.append(out);
})();
