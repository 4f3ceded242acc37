"use strict";
// Draws the part of Discord's Markdown that answers and panels use. Everything becomes nodes and text, never markup,
// and nothing is loaded: a link is followed only when it is pressed, and its target can be read before.

const FENCE = /```(?:([\w+#.-]{1,20})\n)?([\s\S]*?)```/g;
const INLINE = new RegExp([
  /\\(?<escaped>[^\w\s])/, // what is escaped stays as it is
  /(?<ticks>`+)(?<code>[^`]|[^`][\s\S]*?[^`])\k<ticks>(?!`)/,
  /\[(?<label>[^\]\n]+)\]\(<?(?<target>https?:\/\/[^\s)>]+)>?\)/,
  /<(?<angled>https?:\/\/[^\s>]+)>/,
  /(?<bare>https?:\/\/[^\s<]*[^\s<.,:;!?"')\]*_])/,
  /<t:(?<moment>-?\d{1,12})(?::(?<style>[tTdDfFR]))?>/,
  /<@[!&]?(?<who>\d+)>/,
  /<#(?<place>\d+)>/,
  /<\/(?<command>[^:>]+):\d+>/,
  /\*\*(?<bold>\S(?:[\s\S]*?\S)?\*?)\*\*(?!\*)/,
  /__(?<under>\S(?:[\s\S]*?\S)?)__(?!_)/,
  /~~(?<struck>\S(?:[\s\S]*?\S)?)~~/,
  /\*(?<slanted>[^\s*](?:(?:\*\*|[^*])*?[^\s*])?)\*(?!\*)/,
  /(?<!\w)_(?<emphasis>[^\s_](?:[^_]*?[^\s_])?)_(?!\w)/,
].map((part) => part.source).join("|"));

const NESTED = { bold: "strong", under: "u", struck: "s", slanted: "em", emphasis: "em" };

// `names` knows people, roles and channels by id.
function markdown(text, names) {
  const drawn = document.createDocumentFragment();
  let from = 0;
  for (const fence of text.matchAll(FENCE)) {
    drawn.append(...blocks(text.slice(from, fence.index).replace(/\n$/, ""), names));
    drawn.append(make("pre", { tabIndex: 0 }, make("code", {}, fence[2].replace(/^\n+|\n+$/g, ""))));
    from = fence.index + fence[0].length;
  }
  drawn.append(...blocks(from ? text.slice(from).replace(/^\n/, "") : text, names));
  return drawn;
}

function blocks(text, names) {
  const found = [];
  const lines = text ? text.split("\n") : [];
  while (lines.length) {
    const heading = /^(#{1,3}) +(\S.*)$/s.exec(lines[0]);
    const small = /^-# +(\S.*)$/s.exec(lines[0]);
    if (heading) found.push(make(`h${heading[1].length + 2}`, {}, inline(heading[2], names)));
    if (small) found.push(make("small", { className: "subtext" }, inline(small[1], names)));
    if (heading || small) lines.shift();
    else if (lines[0].startsWith(">>> ")) found.push(quote([lines[0].slice(4), ...lines.splice(0).slice(1)], names));
    else if (isQuote(lines[0])) found.push(quote(takeWhile(lines, isQuote).map((line) => line.slice(2)), names));
    else if (isItem(lines[0])) found.push(...lists(takeWhile(lines, isItem), names));
    else found.push(make("div", { className: "lines" }, inline([lines.shift(), ...takeWhile(lines, isPlain)].join("\n"), names)));
  }
  return found;
}

const isQuote = (line) => line === ">" || line.startsWith("> ");
const item = (line) => /^( *)(?:[-*]|(\d{1,9})\.) +(\S.*)$/s.exec(line);
const isItem = (line) => item(line) !== null;
const isPlain = (line) => !/^(#{1,3} +\S|-# +\S|>>> )/.test(line) && !isQuote(line) && !isItem(line);

function takeWhile(lines, fits) {
  const end = lines.findIndex((line) => !fits(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function quote(lines, names) {
  return make("blockquote", {}, ...blocks(lines.join("\n"), names));
}

function lists(lines, names) {
  const found = [];
  for (const [, indent, number, text] of lines.map(item)) {
    const tag = number === undefined ? "UL" : "OL";
    if (!found.length || found.at(-1).tagName !== tag) found.push(make(tag.toLowerCase()));
    const drawn = make("li", { className: `in${Math.min(3, Math.floor(indent.length / 2))}` }, inline(text, names));
    if (number !== undefined) drawn.value = Number(number);
    found.at(-1).append(drawn);
  }
  return found;
}

function inline(text, names) {
  const drawn = document.createDocumentFragment();
  for (let rest = text; rest;) {
    const found = INLINE.exec(rest);
    drawn.append(found ? rest.slice(0, found.index) : rest);
    if (!found) break;
    drawn.append(span(found.groups, names));
    rest = rest.slice(found.index + found[0].length);
  }
  return drawn;
}

function span(it, names) {
  if (it.escaped) return it.escaped;
  if (it.code) return make("code", {}, it.code);
  if (it.label) return link(it.target, inline(it.label, names), make("span", { className: "target" }, ` (${it.target})`));
  if (it.angled || it.bare) return link(it.angled || it.bare, it.angled || it.bare);
  if (it.moment) return moment(Number(it.moment), it.style || "f");
  if (it.who) return make("span", { className: "mention" }, `@${names[it.who] || "somebody"}`);
  if (it.place) return make("span", { className: "mention" }, `#${names[it.place] || "somewhere"}`);
  if (it.command) return make("span", { className: "mention" }, `/${it.command}`);
  const kind = Object.keys(NESTED).find((name) => it[name]);
  return make(NESTED[kind], {}, inline(it[kind], names));
}

function link(target, ...shown) {
  return make("a", { href: target, target: "_blank", rel: "noopener noreferrer nofollow", title: target }, ...shown);
}

// Discord, "Message Formatting", section "Timestamp Styles".
const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" },
  d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};
const SPANS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function moment(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${seconds}>`;
  const whole = date.toLocaleString(undefined, STYLES.F);
  return make("time", { dateTime: date.toISOString(), title: whole }, style === "R" ? distance(seconds) : date.toLocaleString(undefined, STYLES[style]));
}

function distance(seconds) {
  const away = seconds - Date.now() / 1000;
  const [unit, size] = SPANS.find(([, length]) => Math.abs(away) >= length) || SPANS.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(away / size), unit);
}
