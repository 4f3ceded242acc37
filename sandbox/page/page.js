// The whole page: one or two people beside each other, and what happens behind them. Who looks where stands in the address.
import { html, render, useEffect, useState } from "./libraries/view.js";
import { Behind } from "./behind.js";
import { Pane } from "./pane.js";
import { Theme } from "./theme.js";

const FIRST = { person: "Alice", channel: "" };

// "#Alice@123&Bob@456": the people who are shown, and the channel that each looks at.
function fromAddress() {
  const panes = decodeURIComponent(location.hash.slice(1)).split("&").filter(Boolean).slice(0, 2)
    .map((part) => part.split("@")).map(([person, channel]) => ({ person, channel: channel || "" }));
  return panes.length ? panes : [FIRST];
}

const toAddress = (panes) => `#${panes.map((it) => `${encodeURIComponent(it.person)}@${it.channel}`).join("&")}`;

function Page() {
  const [panes, setPanes] = useState(fromAddress);
  const [isBehindOpen, setBehindOpen] = useState(false);

  useEffect(() => {
    const address = toAddress(panes);
    if (address !== location.hash) history.pushState(null, "", address);
  }, [panes]);
  useEffect(() => {
    const back = () => setPanes(fromAddress());
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);

  const change = (place, what) => setPanes((now) => now.map((it, index) => (index === place ? { ...it, ...what } : it)));
  const split = (people) => setPanes((now) => [...now, { person: people.find((name) => name !== now[0].person) ?? now[0].person, channel: now[0].channel }]);

  return html`
    <header class="bar">
      <strong class="title">Causerie <span class="quiet">sandbox</span></strong>
      <span class="quiet wide">A small Discord on this machine. When it ends, everything in it is forgotten.</span>
      <span class="end">
        <button type="button" aria-pressed=${panes.length === 2}
          onClick=${() => (panes.length === 2 ? setPanes(panes.slice(0, 1)) : split(Page.people))}>Two people</button>
        <button type="button" aria-expanded=${isBehindOpen} aria-controls="behind" onClick=${() => setBehindOpen(!isBehindOpen)}>Behind the scenes</button>
        <${Theme} />
      </span>
    </header>
    <main class="panes">
      ${panes.map((pane, place) => html`
        <${Pane} key=${place} place=${place} person=${pane.person} channel=${pane.channel} of=${panes.length}
          onPeople=${(people) => { Page.people = people; }}
          onPerson=${(person) => change(place, { person, channel: "" })}
          onChannel=${(channel) => change(place, { channel })} />`)}
    </main>
    ${isBehindOpen && html`<${Behind} onClose=${() => setBehindOpen(false)} />`}`;
}
Page.people = ["Alice", "Bob"];

render(html`<${Page} />`, document.getElementById("page"));
