/** Names that change nothing but how a program shows what it reads, with the values that do no more than that. */
const settings: Readonly<Record<string, RegExp>> = {
  BAT_PAGER: /^(?:|cat)$/,
  CI: /^(?:|0|1|true|false)$/,
  CLICOLOR: /^[01]?$/,
  CLICOLOR_FORCE: /^[01]?$/,
  COLUMNS: /^\d{1,6}$/,
  DEBUG: /^$/,
  FORCE_COLOR: /^[0-3]?$/,
  GH_NO_UPDATE_NOTIFIER: /^[01]$/,
  GH_PAGER: /^(?:|cat)$/,
  GIT_OPTIONAL_LOCKS: /^0$/,
  GIT_PAGER: /^(?:|cat)$/,
  GIT_TERMINAL_PROMPT: /^[01]$/,
  GIT_TRACE: /^0?$/,
  GREP_COLOR: /^[\d;]*$/,
  HOMEBREW_NO_AUTO_UPDATE: /^1$/,
  LANG: /^[\w.@-]*$/,
  LANGUAGE: /^[\w.@:-]*$/,
  LINES: /^\d{1,6}$/,
  MANPAGER: /^cat$/,
  MANWIDTH: /^\d{1,4}$/,
  NODE_ENV: /^(?:|development|production|test|staging)$/,
  NO_COLOR: /^\w*$/,
  PAGER: /^(?:|cat)$/,
  SYSTEMD_PAGER: /^(?:|cat)$/,
  TERM: /^[a-z0-9-]{1,32}$/,
  TZ: /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/,
};

/** Whether a variable so set in front of a command leaves it doing what it does. */
export const isHarmlessSetting = (name: string, value: string): boolean =>
  /^LC_[A-Z]{1,20}$/.test(name) ? /^[\w.@-]*$/.test(value) : Object.hasOwn(settings, name) && settings[name]?.test(value) === true;

/** Lower-case names that mean something to a shell or to programs all the same. */
const special = /^(?:auto_resume|histchars|npm_.*|.*_proxy|path|fpath|cdpath|manpath|mailpath|module_path|prompt|psvar|argv|status|ifs|env|shell|home)$/;
/** Upper-case names that people use for their own, and that nothing obeys. */
const own: ReadonlySet<string> = new Set([
  "A",
  "B",
  "BASE",
  "BRANCH",
  "COUNT",
  "D",
  "DEST",
  "DIR",
  "DIRS",
  "F",
  "FILE",
  "FILES",
  "I",
  "N",
  "NAME",
  "NAMES",
  "OUT",
  "P",
  "PATTERN",
  "PKG",
  "PKGS",
  "RESULT",
  "SRC",
  "X",
  "Y",
]);

/** Whether a shell's own variable of this name changes nothing about how anything runs. */
export const isHarmlessName = (name: string): boolean => (/^[a-z_][a-z0-9_]{0,63}$/.test(name) && name !== "_" && !special.test(name)) || own.has(name);
