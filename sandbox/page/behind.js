// What the bot does behind the page: sessions at work, turns, requests, and trouble that one can make.
import { html, useEffect, useRef, useState } from "./libraries/view.js";
import { send, useLive } from "./live.js";

const TROUBLE = {
  kill_bot: ["Kill the bot", "kill -9; it comes back and goes on where it was"],
  drop_gateway: ["Cut the gateway", "the connection breaks; the bot resumes it and misses nothing"],
  limit_requests: ["Answer 429", "Discord refuses every request for ten seconds"],
  slow_model: ["Slow model", "five more seconds before each answer, until it is pressed again"],
};

export function Behind({ onClose }) {
  const [seen] = useLive("live/behind", {});
  const [wrong, setWrong] = useState("");
  const box = useRef(null);
  useEffect(() => box.current.focus(), []);
  const key = (event) => { if (event.key === "Escape") onClose(); };
  return html`<aside id="behind" class="behind" aria-label="Behind the scenes" tabindex="-1" ref=${box} onKeyDown=${key}>
    <header><h2>Behind the scenes</h2><button type="button" aria-label="Close" onClick=${onClose}>✕</button></header>
    ${!seen?.bot ? html`<p class="quiet">The bot is starting.</p>` : html`
      <p><span class=${`dot ${seen.bot.connected ? "good" : "bad"}`} aria-hidden="true"></span> The bot is ${seen.bot.connected ? "connected" : "not connected"} · process ${seen.bot.pid} · started ${seen.bot.starts} ${seen.bot.starts === 1 ? "time" : "times"}</p>
      <h3>Make trouble</h3>
      <div class="trouble">${Object.entries(seen.trouble).map(([kind, lasts]) => html`
        <button key=${kind} type="button" aria-pressed=${lasts} title=${TROUBLE[kind][1]} class=${kind === "kill_bot" ? "danger" : "secondary"} onClick=${() => send("api/trouble", { kind }, setWrong)}>${TROUBLE[kind][0]}</button>`)}</div>
      ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
      <h3>Sessions at work</h3>
      <${Table} names=${["session", "state", "waiting"]} nothing="Nobody waits for an answer."
        rows=${seen.sessions.map((it) => [it.session, [it.title || "Untitled", it.state, it.waiting]])} />
      <h3>Turns</h3>
      <${Table} names=${["turn", "who", "state", "tokens"]} nothing="Nobody has asked anything yet."
        rows=${seen.turns.map((it) => [it.id, [`${it.id} ${it.kind}`, it.asker_name, it.reason ? `${it.state}: ${it.reason}` : it.state, tokens(it)]])} />
      <h3>Requests to Discord <span class="quiet">${seen.discord_total} so far</span></h3>
      <label class="budget">${seen.budget.used} of ${seen.budget.most} in the last second <meter min="0" max=${seen.budget.most} value=${seen.budget.used}></meter></label>
      <${Table} names=${["request", "status", "ms"]} nothing="None yet." rows=${seen.discord.map((it) => [it.number, [it.what, it.status ?? it.ended, it.ms ?? "…"]])} />
      <h3>Requests to the model</h3>
      ${seen.model ? html`<${Table} names=${["request", "status", "ms"]} nothing="None yet." rows=${seen.model.map((it) => [it.number, [it.what, it.status ?? "…", it.ms ?? "…"]])} />`
        : html`<p class="quiet">They go to the server that your settings name, so they are not seen here.</p>`}`}
  </aside>`;
}

const tokens = (turn) => (turn.output_tokens === null ? "" : `${turn.input_tokens} → ${turn.output_tokens}`);

function Table({ names, rows, nothing }) {
  if (!rows.length) return html`<p class="quiet">${nothing}</p>`;
  return html`<table><thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${rows.map(([key, cells]) => html`<tr key=${key}>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`;
}
