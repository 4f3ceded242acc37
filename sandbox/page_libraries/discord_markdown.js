export { SimpleMarkdown, parse, rules, rulesExtended } from "discord-markdown-parser";
