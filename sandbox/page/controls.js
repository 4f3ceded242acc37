"use strict";
// Draws what the bot lets people press, choose and fill in.

function drawComponent(item, part) {
  if (part.type === 2) {
    const label = [part.emoji, part.label].filter(Boolean).join(" ");
    const made = button(label, () => act({ do: "press", message: item.id, button: part.custom_id }), part.style);
    made.disabled = Boolean(part.disabled);
    return made;
  }
  if (part.type === 3) return drawMenu(item, part);
  return make("div", { className: "row" }, ...part.components.map((inner) => drawComponent(item, inner)));
}

function drawMenu(item, part) {
  const many = (part.max_values ?? 1) > 1;
  const chosen = (part.options || []).some((option) => option.default);
  const menu = make("select", { multiple: many, disabled: Boolean(part.disabled), "aria-label": part.placeholder || "Menu" });
  if (!many) menu.append(make("option", { value: "", disabled: true, defaultSelected: !chosen }, part.placeholder || "Choose"));
  for (const option of part.options || []) {
    const label = option.description ? `${option.label} · ${option.description}` : option.label;
    menu.append(make("option", { value: option.value, defaultSelected: Boolean(option.default) }, label));
  }
  const send = async () => {
    await act({ do: "choose", message: item.id, menu: part.custom_id, values: [...menu.selectedOptions].map((it) => it.value) });
    // The bot redraws what it has taken; until then, and when it has not, the menu shows what holds.
    for (const option of menu.options) option.selected = option.defaultSelected;
  };
  if (!many) { menu.addEventListener("change", send); return menu; }
  return make("span", { className: "row" }, menu, button("Choose", send));
}

// A form that the bot opens covers the page, as in Discord; closing it tells nobody but this page.
function offerForm(items) {
  const dialog = at("form");
  const open = items.filter((item) => item.form);
  if (dialog.open && !open.some((item) => item.id === dialog.dataset.of)) dialog.close();
  if (dialog.open || !open.length) return;
  const item = open.at(-1);
  dialog.dataset.of = item.id;
  dialog.replaceChildren(drawForm(item));
  dialog.showModal();
}

function drawForm(item) {
  const fields = item.form.fields.map(drawField);
  const wrong = make("p", { className: "wrong", role: "alert", hidden: true });
  const submit = (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    act({ do: "submit", interaction: item.id, values }, (sentence) => say(sentence, wrong));
  };
  const labels = item.form.fields.map((field, place) => {
    const about = field.description ? make("span", { className: "small" }, field.description) : null;
    const star = field.required ? make("span", { className: "star", title: "needed" }, " *") : null;
    return make("label", {}, make("span", {}, field.label, star), about, fields[place]);
  });
  const cancel = button("Cancel", () => act({ do: "dismiss", interaction: item.id }));
  const foot = make("div", { className: "row end" }, cancel, make("button", { className: "primary" }, "Submit"));
  return make("form", { onsubmit: submit, autocomplete: "off" }, make("h2", {}, item.form.title), ...labels, wrong, foot);
}

function drawField(field) {
  const made = make(field.long ? "textarea" : "input", { name: field.custom_id, value: field.value, required: field.required });
  if (field.placeholder) made.placeholder = field.placeholder;
  if (field.max_length) made.maxLength = field.max_length;
  if (field.min_length) made.minLength = field.min_length;
  if (field.long) made.rows = 6;
  return made;
}

at("form").addEventListener("cancel", (event) => {
  event.preventDefault();
  act({ do: "dismiss", interaction: at("form").dataset.of });
});
