// Draws Discord's Markdown. The library makes a tree of it; here the tree becomes elements, so no text is ever read as markup.
// Discord, "Markdown Text 101" (support page), and Reference, "Message Formatting".
import { SimpleMarkdown, rulesExtended } from "./libraries/discord_markdown.js";
import { highlight } from "./libraries/highlight.js";
import { html, useMemo, useState } from "./libraries/view.js";
import { useWords } from "./words.js";

const ITEM = /^( *)(?:[-*]|(\d{1,9})\.) +([^\n]*)$/;
const LISTS = /^(?: *(?:[-*]|\d{1,9}\.) +[^\n]*(\n|$))+/; // the library looks at the last group to see whether a line begins
const IS_WEB = /^https?:\/\//i;
const DEPTH_MAX = 10;

// The library has no rule for lists.
const list = {
  order: rulesExtended.blockQuote.order,
  match: (source, state) => (!state.isInList && /(?:^|\n)$/.test(state.prevCapture?.[0] ?? "") ? LISTS.exec(source) : null),
  parse: (capture, parse, state) => {
    const lines = capture[0].replace(/\n$/, "").split("\n").map((line) => ITEM.exec(line));
    return { items: lines.map(([, indent, number, text]) => ({ depth: Math.min(DEPTH_MAX, Math.floor(indent.length / 2)), number, content: parse(text, { ...state, isInList: true }) })) };
  },
};
const parser = SimpleMarkdown.parserFor({ ...rulesExtended, list });

export function Markdown({ text, names, end = null }) {
  const tree = useMemo(() => parser(text, { inline: true, inQuote: false, inEmphasis: false, escaped: false }), [text]);
  return html`<div class="markdown"><${Nodes} nodes=${tree} names=${names} />${end}</div>`;
}

function Nodes({ nodes, names }) {
  const words = useWords();
  return joined(nodes).map((node) => drawn(node, names, words));
}

const inside = (node, names) => (typeof node.content === "string" ? node.content : html`<${Nodes} nodes=${node.content} names=${names} />`);

function drawn(node, names, words) {
  switch (node.type) {
    case "text": return node.content;
    case "br": case "newline": return html`<br />`;
    case "strong": return html`<strong>${inside(node, names)}</strong>`;
    case "em": return html`<em>${inside(node, names)}</em>`;
    case "underline": return html`<u>${inside(node, names)}</u>`;
    case "strikethrough": return html`<s>${inside(node, names)}</s>`;
    case "inlineCode": return html`<code>${node.content}</code>`;
    case "codeBlock": return html`<${Code} text=${node.content} language=${node.lang} />`;
    case "spoiler": return html`<${Spoiler}>${inside(node, names)}<//>`;
    case "blockQuote": return html`<blockquote>${inside(node, names)}</blockquote>`;
    case "heading": return html`<div class=${`heading heading-${node.level}`} role="heading" aria-level="2">${inside(node, names)}</div>`;
    case "subtext": return html`<div class="subtext">${inside(node, names)}</div>`;
    case "list": return html`<${List} items=${node.items} names=${names} />`;
    case "link": return html`<${Link} target=${node.target} title=${flat(node.content)}>${flat(node.content)}<//>`;
    case "url": case "autolink": return html`<${Link} target=${node.target}>${node.target}<//>`;
    case "twemoji": return node.name;
    case "emoji": return html`<span class="mention">:${node.name}:</span>`;
    case "timestamp": return html`<${Moment} seconds=${Number(node.timestamp)} style=${node.format} />`;
    case "user": return html`<span class="mention">@${names[node.id] ?? words.say("markdown.somebody")}</span>`;
    case "role": return html`<span class="mention">@${names[node.id] ?? words.say("markdown.some_role")}</span>`;
    case "channel": return html`<span class="mention">#${names[node.id] ?? words.say("markdown.some_channel")}</span>`;
    case "slashCommand": return html`<span class="mention">/${node.fullName}</span>`;
    case "everyone": case "here": return html`<span class="mention">@${node.type}</span>`;
    default: return flat(node.content ?? "");
  }
}

// Text that the library cut into pieces; and a block stands on lines of its own, so the break before it is not drawn twice.
function joined(nodes) {
  const blocks = new Set(["codeBlock", "blockQuote", "heading", "subtext", "list"]);
  const made = [];
  for (const node of nodes) {
    const last = made.at(-1);
    if (node.type === "text" && last?.type === "text") made[made.length - 1] = { ...last, content: last.content + node.content };
    else if (node.type === "br" && last && blocks.has(last.type) && !last.isFollowed) made[made.length - 1] = { ...last, isFollowed: true };
    else {
      if (blocks.has(node.type) && last?.type === "br") made.pop();
      made.push(node);
    }
  }
  return made;
}

const flat = (content) => (typeof content === "string" ? content : content.map((it) => flat(it.content ?? it.name ?? it.target ?? "")).join(""));

// Somebody who reads sees where a link leads, whatever it is called.
function Link({ target, title = "", children }) {
  if (!IS_WEB.test(target) || !URL.canParse(target)) return html`${title ? `[${title}](${target})` : target}`;
  const { host } = new URL(target);
  return html`<a href=${target} target="_blank" rel="noreferrer noopener" title=${target}>${children}</a>${title && !title.includes(host) && html`<span class="target"> (${host})</span>`}`;
}

function List({ items, names }) {
  const [first, ...rest] = items;
  const groups = [];
  for (const item of [first, ...rest]) {
    const group = groups.at(-1);
    if (group && item.depth > group.depth) group.items.at(-1).inner.push(item);
    else if (group && item.depth === group.depth && Boolean(item.number) === group.isOrdered) group.items.push({ ...item, inner: [] });
    else groups.push({ depth: item.depth, isOrdered: Boolean(item.number), start: Number(item.number), items: [{ ...item, inner: [] }] });
  }
  return groups.map((group) => {
    const entries = group.items.map((item) => html`<li><${Nodes} nodes=${item.content} names=${names} />${item.inner.length > 0 && html`<${List} items=${item.inner} names=${names} />`}</li>`);
    return group.isOrdered ? html`<ol start=${group.start}>${entries}</ol>` : html`<ul>${entries}</ul>`;
  });
}

function Code({ text, language }) {
  const words = useWords();
  const [isCopied, setCopied] = useState(false);
  const coloured = useMemo(() => (language && highlight.getLanguage(language) ? highlight.highlight(text, { language, ignoreIllegals: true })._emitter.rootNode : null), [text, language]);
  const copy = async () => { await navigator.clipboard?.writeText(text); setCopied(true); };
  return html`<div class="code"><pre tabindex="0"><code>${coloured ? coloured.children.map(token) : text}</code></pre>
    <button type="button" class="copy" onClick=${copy}>${words.say(isCopied ? "markdown.copied" : "markdown.copy")}</button></div>`;
}

const token = (node) => (typeof node === "string" ? node : html`<span class=${`hljs-${String(node.scope).split(".")[0]}`}>${node.children.map(token)}</span>`);

function Spoiler({ children }) {
  const words = useWords();
  const [isOpen, setOpen] = useState(false);
  const open = (event) => { if (event.type === "click" || event.key === "Enter" || event.key === " ") { event.preventDefault(); setOpen(true); } };
  if (isOpen) return html`<span class="spoiler open">${children}</span>`;
  return html`<span class="spoiler" role="button" tabindex="0" aria-label=${words.say("markdown.spoiler")} onClick=${open} onKeyDown=${open}><span aria-hidden="true">${children}</span></span>`;
}

function Moment({ seconds, style = "f" }) {
  const words = useWords();
  const moment = new Date(seconds * 1000);
  if (Number.isNaN(moment.getTime())) return html`${`<t:${seconds}>`}`;
  return html`<time datetime=${moment.toISOString()} title=${words.moment(moment, "F")}>${words.moment(moment, style)}</time>`;
}
