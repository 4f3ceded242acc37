"use strict";
// A field that completes itself: what the bot offers for what was typed, chosen with mouse or keyboard.

const PAUSE_MS = 150; // between the last key and the question; the bot has three seconds, people less patience

function completing(field, name) {
  const list = make("ul", { id: `offers-${name}`, className: "offers", role: "listbox", "aria-label": `Offers for ${name}`, hidden: true });
  let timer = 0;
  let asked = 0;
  for (const [key, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) field.setAttribute(key, value);

  const show = (open) => {
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) field.removeAttribute("aria-activedescendant");
  };
  const pick = (choice) => {
    field.value = choice.name;
    field.dataset.value = choice.value; // what is sent; what is read is its name
    show(false);
  };
  const ask = async () => {
    const number = ++asked;
    const command = state.command;
    const done = await act({ do: "complete", channel: state.channel, name: command.name, focused: name, options: filledIn() });
    if (!done || number !== asked || state.command !== command || document.activeElement !== field) return;
    list.replaceChildren(...done.choices.map((choice, place) => make("li", {
      id: `${list.id}-${place}`, role: "option",
      onmousedown: (event) => { event.preventDefault(); pick(choice); },
    }, choice.name)));
    list.choices = done.choices;
    if (!done.choices.length) list.replaceChildren(make("li", { className: "small", role: "presentation" }, "Nothing fits."));
    show(true);
  };
  const mark = (step) => {
    const entries = [...list.querySelectorAll("[role=option]")];
    if (!entries.length) return;
    const place = entries.findIndex((entry) => entry.getAttribute("aria-selected") === "true");
    const next = entries[(place + step + entries.length + (place < 0 && step < 0 ? 1 : 0)) % entries.length];
    for (const entry of entries) entry.setAttribute("aria-selected", String(entry === next));
    field.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  };
  field.addEventListener("focus", ask);
  field.addEventListener("blur", () => show(false));
  field.addEventListener("input", () => { delete field.dataset.value; clearTimeout(timer); timer = setTimeout(ask, PAUSE_MS); });
  field.addEventListener("keydown", (event) => {
    const marked = list.querySelector("[aria-selected=true]");
    if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); show(false); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) ask();
      else mark(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !list.hidden && marked) {
      event.preventDefault();
      pick(list.choices[Number(marked.id.split("-").at(-1))]);
    }
  });
  return list;
}
