"use strict";
(() => {
  const profile = JSON.parse(document.getElementById("data").textContent);
  const init = profile.start + profile.seconds;
  const chart = document.getElementById("chart");
  const row = 22;
  const time = s => s >= 1 ? s.toFixed(2) + " s" : (s * 1000).toFixed(s < 0.01 ? 1 : 0) + " ms";
  const share = s => (init ? 100 * s / init : 0).toFixed(1) + " %";
  const named = (tag, text, className) => {
    const e = document.createElement(tag);
    e.textContent = text;
    if (className) e.className = className;
    return e;
  };

  // The bars: parents before children, each as wide as its time.
  const root = { name: "all imports", total: 0, own: 0, imports: profile.tree || [], distribution: "" };
  const all = [];
  const link = (m, parent, depth) => {
    m.parent = parent;
    m.depth = depth;
    all.push(m);
    for (const c of m.imports || []) link(c, m, depth + 1);
  };
  for (const m of root.imports) root.total += m.total;
  link(root, null, 0);

  // One hue for each distribution; the standard library is grey.
  const hue = new Map();
  const color = m => {
    if (m === root || m.distribution === "python" || !m.distribution) return "hsl(0 0% 82%)";
    if (!hue.has(m.distribution)) hue.set(m.distribution, (hue.size * 137.5) % 360);
    return `hsl(${hue.get(m.distribution)} 65% 76%)`;
  };

  let zoomed = root, current = root;
  const below = (m, ancestor) => {
    for (; m; m = m.parent) if (m === ancestor) return true;
    return false;
  };
  const label = m => m === root ? `All imports: ${time(m.total)}` :
    `${m.name}: ${time(m.total)}, ${share(m.total)} of the start, own ${time(m.own)}` +
    (m.distribution ? `, ${m.distribution}` : "") + (m.failed ? ", not found or failed" : "") + (m.compiled ? ", compiled from source" : "");

  const draw = () => {
    chart.replaceChildren();
    const width = chart.clientWidth || 1000;
    let rows = 0;
    const place = (m, left, scale) => {
      const w = m.total * scale;
      if (w < 1.5 && m !== current) { m.bar = null; for (const c of m.imports || []) hide(c); return; }
      const depth = m.depth - zoomed.depth;
      rows = Math.max(rows, depth + 1);
      const bar = named("div", w > 24 ? m.name : "", "bar" + (w < 8 ? " thin" : "") + (m.failed ? " failed" : "") + (m.match ? " match" : ""));
      bar.style.cssText = `left:${left}px;top:${depth * row}px;width:${Math.max(w, 2)}px;background-color:${color(m)}`;
      bar.setAttribute("role", "treeitem");
      bar.setAttribute("aria-level", m.depth + 1);
      bar.setAttribute("aria-label", label(m));
      bar.dataset.module = m === root ? "" : m.name;
      bar.title = label(m);
      bar.tabIndex = m === current ? 0 : -1;
      bar.addEventListener("click", () => { zoom(m); });
      bar.addEventListener("focus", () => { current = m; detail(); });
      m.bar = bar;
      chart.append(bar);
      let x = left;
      for (const c of m.imports || []) { place(c, x, scale); x += c.total * scale; }
    };
    const hide = m => { m.bar = null; for (const c of m.imports || []) hide(c); };
    for (const m of all) m.bar = null;
    place(zoomed, 0, zoomed.total ? width / zoomed.total : 0);
    chart.style.height = rows * row + "px";
    trail();
  };
  const trail = () => {
    const path = document.getElementById("path");
    path.replaceChildren();
    for (let m = zoomed; m; m = m.parent) {
      const button = named("button", m.name);
      button.type = "button";
      button.addEventListener("click", () => zoom(m));
      const item = document.createElement("li");
      item.append(button);
      path.prepend(item);
    }
  };
  const detail = () => { document.getElementById("detail").textContent = label(current); };
  const go = m => {
    if (!m) return;
    current = m;
    if (!below(m, zoomed)) zoomed = m.parent || m;
    if (!m.bar) draw();
    for (const other of all) if (other.bar) other.bar.tabIndex = other === m ? 0 : -1;
    if (m.bar) m.bar.focus();
    detail();
  };
  const zoom = m => { zoomed = m; current = m; draw(); go(m); };

  chart.addEventListener("keydown", event => {
    const siblings = current.parent ? current.parent.imports : [current];
    const at = siblings.indexOf(current);
    const moves = {
      ArrowRight: () => go(siblings[at + 1]),
      ArrowLeft: () => go(siblings[at - 1]),
      ArrowDown: () => go((current.imports || []).reduce((a, b) => a && a.total >= b.total ? a : b, null)),
      ArrowUp: () => go(current.parent),
      Home: () => go(root),
      Enter: () => zoom(current),
      Escape: () => zoom(zoomed.parent || root),
    };
    if (!moves[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    moves[event.key]();
  });
  const find = document.getElementById("find");
  document.addEventListener("keydown", event => {
    if (event.key === "/" && event.target !== find) { event.preventDefault(); find.focus(); }
  });
  find.addEventListener("input", () => {
    const text = find.value.trim().toLowerCase();
    const found = all.filter(m => m.match = text !== "" && m !== root && m.name.toLowerCase().includes(text));
    document.getElementById("found").textContent = text ? found.length + (found.length === 1 ? " module" : " modules") : "";
    draw();
  });
  find.addEventListener("keydown", event => {
    if (event.key === "Enter") go(all.filter(m => m.match).reduce((a, b) => a && a.total >= b.total ? a : b, null));
    if (event.key === "Escape") { find.value = ""; find.dispatchEvent(new Event("input")); go(zoomed); }
  });

  const table = (caption, columns, rows) => {
    if (!rows.length) return;
    const t = document.createElement("table");
    t.append(named("caption", caption));
    const line = (cells, tag) => {
      const tr = document.createElement("tr");
      cells.forEach((c, i) => tr.append(named(tag, c, i ? "number" : "")));
      t.append(tr);
    };
    line(columns, "th");
    for (const r of rows) line(r, "td");
    document.getElementById("tables").append(t);
  };
  table("Time by distribution", ["distribution", "modules", "own time", "of the start"],
    profile.distributions.slice(0, 20).map(c => [c.distribution || "(none)", c.modules, time(c.own), share(c.own)]));
  const savings = list => list.map(s => [s.name, s.modules, time(s.seconds), share(s.seconds)]);
  table("What importing a module later would save", ["module", "modules", "time", "of the start"], savings(profile.lazy));
  table("What can be left out: the imports work without it", ["distribution", "modules", "time", "of the start"], savings(profile.exclude));

  document.getElementById("summary").textContent = `${profile.target}, Python ${profile.interpreter.version}: ${time(init)}, of which imports ${time(profile.seconds)}; ` +
    `${profile.loaded} modules` + (profile.compiled ? `, ${profile.compiled} of them compiled from source` : "");
  draw();
  detail();
  addEventListener("resize", draw);
})();
