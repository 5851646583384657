// Draws the light curves of a view: the element `tides-curve`, whose `data-address` has the numbers.
"use strict";
{
  const script = document.currentScript;
  const nonce = script.nonce;

  // The policy lets a style element through that has the word of this answer, and Bokeh does not know it.
  const make = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const element = make(name, options);
    if (`${name}`.toLowerCase() === "style") element.nonce = nonce;
    return element;
  };

  let bokeh = null;
  const loaded = () => bokeh ??= new Promise((done, failed) => {
    const library = make("script");
    library.src = script.src.replace("curve.js", "bokeh.min.js");
    library.onload = done;
    library.onerror = () => {
      bokeh = null;
      failed(new Error("the script of the figure cannot be had"));
    };
    document.head.append(library);
  });

  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => document.documentElement.dataset.theme ?? (systemIsDark.matches ? "dark" : "light");

  const cells = (words, name) => {
    const row = make("tr");
    for (const each of words) {
      const cell = make(name);
      if (name === "th") cell.scope = "col";
      cell.textContent = each;
      row.append(cell);
    }
    return row;
  };

  customElements.define("tides-curve", class extends HTMLElement {
    plot = null;
    asked = 0;

    connectedCallback() {
      if (this.seen) return;
      this.part("details").addEventListener("toggle", () => this.tabulate());
      for (const select of this.querySelectorAll("select")) select.addEventListener("change", () => this.read());
      this.part(".switches").addEventListener("click", (event) => this.move(event.target.dataset));
      // One that is folded away or far below is not read before somebody comes to it.
      this.seen = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        this.seen.disconnect();
        this.read();
        const again = () => theme() !== this.theme && this.read();
        systemIsDark.addEventListener("change", again);
        new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
      }, { rootMargin: "300px" });
      this.seen.observe(this);
    }

    part(selector) {
      return this.querySelector(selector);
    }

    address() {
      const address = new URL(this.dataset.address, document.baseURI);
      for (const select of this.querySelectorAll("select")) {
        if (select.value) address.searchParams.set(select.name, select.value);
      }
      address.searchParams.set("theme", this.theme);
      return address;
    }

    async read() {
      const turn = ++this.asked;
      this.theme = theme();
      try {
        const answer = await fetch(this.address());
        if (!answer.ok) throw new Error(`the bridge answered ${answer.status}`);
        const found = await answer.json();
        if (found.figure) await loaded();
        if (turn === this.asked) await this.show(found, turn);
      } catch (error) {
        this.part("[role=status]").hidden = false;
        this.part("[role=status]").textContent = `The light curve cannot be shown: ${error.message}.`;
      }
    }

    async show(found, turn) {
      this.rows = found.rows;
      this.columns = found.columns;
      this.part("[role=status]").hidden = true;
      this.part("ul").replaceChildren(...found.notes.map((words) => {
        const item = make("li");
        item.textContent = words;
        return item;
      }));
      const functions = this.part("select[name=function]");
      functions.replaceChildren(...found.functions.map((name) => new Option(name, name, false, name === found.function)));
      this.part("details").hidden = !found.rows.length;
      this.part(".switches").hidden = this.part("[data-key]").hidden = !found.figure;
      this.tabulate();
      this.plot?.document.clear();
      const place = this.part("[data-plot]");
      this.plot = null;
      place.replaceChildren();
      if (!found.figure) return;
      const plot = (await Bokeh.embed.embed_item(found.figure, place)).roots[0].model;
      // A later choice has overtaken this one.
      if (turn !== this.asked) return plot.document.clear();
      this.plot = plot;
      this.whole = [this.plot.x_range.start, this.plot.x_range.end];
      this.dataset.drawn = "yes";
    }

    tabulate() {
      // A fold around it may open all within it before anything is read.
      if (!this.rows) return;
      const shown = this.part("details").open ? this.rows : [];
      this.part("thead").replaceChildren(cells(this.columns, "th"));
      this.part("tbody").replaceChildren(...shown.map((words) => cells(words, "td")));
    }

    move({ zoom, shift, whole }) {
      if (!this.plot) return;
      const range = this.plot.x_range;
      const middle = (range.start + range.end) / 2 + (shift ?? 0) * (range.end - range.start);
      const half = (zoom ?? 1) * (range.end - range.start) / 2;
      const [start, end] = whole === undefined ? [middle - half, middle + half] : this.whole;
      range.setv({ start, end });
    }
  });
}
