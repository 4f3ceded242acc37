// A table with names above its columns, or a sentence where it would be empty.
import { html } from "./libraries/view.js";
import { useWords } from "./words.js";

export function Table({ names, rows, nothing }) {
  const words = useWords();
  if (!rows.length) return html`<p class="quiet">${words.say(nothing)}</p>`;
  return html`<table class=${`of-${names[0]}`}><thead><tr>${names.map((name) => html`<th scope="col">${words.say(`column.${name}`)}</th>`)}</tr></thead>
    <tbody>${rows.map(([key, cells]) => html`<tr key=${key}>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`;
}
