// What the bot lets people press and choose, and the layout of its panels. Discord, "Component Reference".
import { html, useState } from "./libraries/view.js";
import { Attached } from "./attached.js";
import { Markdown } from "./markdown.js";
import { useWords } from "./words.js";

const ROW = 1, BUTTON = 2, MENU = 3, TEXT = 10, GALLERY = 12, FILE = 13, SEPARATOR = 14, CONTAINER = 17;
const LARGE = 2; // spacing of a separator

export function Component({ part, item, shown }) {
  const words = useWords();
  const inner = () => part.components.map((it, place) => html`<${Component} key=${place} part=${it} item=${item} shown=${shown} />`);
  switch (part.type) {
    case ROW: return html`<div class="row">${inner()}</div>`;
    case BUTTON: return html`<${Button} part=${part} item=${item} act=${shown.act} />`;
    case MENU: return html`<${Menu} part=${part} item=${item} act=${shown.act} />`;
    case GALLERY: case FILE: return item.files.filter((file) => part.names.includes(file.name)).map((file) => html`<${Attached} key=${file.path} file=${file} person=${shown.person} />`);
    case TEXT: return html`<${Markdown} text=${part.content} names=${shown.seen.names} />`;
    case SEPARATOR: return html`<hr class=${`${part.divider === false ? "blank" : ""} ${part.spacing === LARGE ? "large" : ""}`} />`;
    case CONTAINER: return html`<div class="container" style=${part.accent_color ? { borderLeftColor: `#${part.accent_color.toString(16).padStart(6, "0")}` } : {}}>${inner()}</div>`;
    default: return html`<p class="quiet">${words.say("component.unknown", { type: part.type })}</p>`;
  }
}

function Button({ part, item, act }) {
  const text = [part.emoji, part.label].filter(Boolean).join(" ");
  if (part.url) return html`<a class="button secondary" href=${part.url} target="_blank" rel="noreferrer noopener">${text} ↗</a>`;
  return html`<button type="button" class=${part.style} disabled=${Boolean(part.disabled)} onClick=${() => act({ do: "press", message: item.id, button: part.custom_id })}>${text}</button>`;
}

function Menu({ part, item, act }) {
  const words = useWords();
  const isMany = (part.max_values ?? 1) > 1;
  const holds = (part.options ?? []).filter((it) => it.default).map((it) => it.value);
  const [taken, setTaken] = useState(null); // until the bot redraws, a menu shows what holds
  const choose = async (values) => {
    setTaken(null);
    await act({ do: "choose", message: item.id, menu: part.custom_id, values });
  };
  const label = part.placeholder || words.say("component.menu");
  const options = (part.options ?? []).map((it) => html`<option key=${it.value} value=${it.value} selected=${(taken ?? holds).includes(it.value)}><span class="choice">${[it.emoji, it.label].filter(Boolean).join(" ")}${it.description && html`<span class="gap"> · </span><span class="about">${it.description}</span>`}</span></option>`);
  if (isMany) {
    return html`<span class="row"><select multiple aria-label=${label} disabled=${Boolean(part.disabled)} onChange=${(event) => setTaken([...event.target.selectedOptions].map((it) => it.value))}>${options}</select>
      <button type="button" class="secondary" onClick=${() => choose(taken ?? holds)}>${words.say("component.choose")}</button></span>`;
  }
  const present = (part.options ?? []).find((it) => it.value === holds[0]);
  const one = (event) => {
    const { value } = event.target;
    event.target.value = holds[0] ?? "";
    choose([value]);
  };
  return html`<select aria-label=${label} disabled=${Boolean(part.disabled)} onChange=${one}>
    <button><span class="present">${[present?.emoji, present?.label].filter(Boolean).join(" ") || label}</span></button>
    <option value="" disabled selected=${!holds.length}>${label}</option>${options}</select>`;
}
