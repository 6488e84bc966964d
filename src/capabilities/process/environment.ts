/**
 * The environment of a program: what the cell passes, as far as it may.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";

/**
 * What makes a program load or run code that nobody listed: of the system's
 * loader and library, of shells, of languages, and of common libraries and
 * tools. A program that is not among the common ones may know others.
 */
const LOADER = new RegExp(
  `^(?:${
    [
      // The system's loader and library.
      "LD_.*|DYLD_.*|_RLD.*|LIBPATH|SHLIB_PATH",
      "GCONV_PATH|GETCONF_DIR|GLIBC_TUNABLES|LOCPATH|NLSPATH|HOSTALIASES",
      // Shells.
      "ENV|BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|PROMPT_COMMAND|PS4|IFS",
      "FPATH|ZDOTDIR",
      // Languages.
      "NODE_OPTIONS|NODE_PATH|NPM_CONFIG_.*|LUA_(?:INIT|PATH|CPATH).*",
      "PYTHON(?:PATH|HOME|STARTUP|INSPECT|BREAKPOINT|WARNINGS|USERBASE|EXECUTABLE|PLATLIBDIR|PYCACHEPREFIX)",
      "PERL5(?:OPT|LIB|DB.*)|PERLLIB|RUBY(?:OPT|LIB)|GEM_(?:HOME|PATH)|BUNDLE_.*",
      "JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH",
      "PHPRC|PHP_INI_SCAN_DIR|R_(?:PROFILE|ENVIRON|LIBS|HOME).*|TCL(?:LIBPATH|_LIBRARY)",
      "GUILE_LOAD.*|JULIA_(?:LOAD_PATH|DEPOT_PATH|PROJECT)|ERL_.*FLAGS|ERL_LIBS",
      "DOTNET_STARTUP_HOOKS|CORECLR_.*|COR_.*|GOFLAGS|RUSTC_.*|RUSTFLAGS|MAKEFLAGS",
      // Common libraries and tools.
      "OPENSSL_(?:CONF|ENGINES|MODULES)|GIO_.*MODULE.*|GTK_(?:MODULES|PATH)",
      "QT_.*PLUGIN.*|LESSOPEN|LESSCLOSE|EDITOR|VISUAL|PAGER|MANPAGER|BROWSER",
      "GIT_(?:SSH|EXEC|CONFIG|EXTERNAL|PAGER|EDITOR|SEQUENCE|ASKPASS|PROXY|TEMPLATE).*",
      "SSH_ASKPASS",
    ].join("|")
  })$`,
  "i",
);

/**
 * Checks the variables that a cell makes up for a program that it may run;
 * nothing of the host's own environment is added.
 *
 * @throws {PulpError} `permission` for one that may not be passed, `usage` for what is no name or no value
 */
export function checkEnvironment(
  env: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || /[=\0]/.test(name) || value.includes("\0")) {
      throw new PulpError(
        "usage",
        `Cannot pass "${name}": it is no environment variable`,
      );
    }
    if (LOADER.test(name)) {
      throw new PulpError(
        "permission",
        `Cannot pass "${name}": it would make the program load other code`,
      );
    }
  }
}

/** Whether the variables say where programs are looked for. */
export function namesPath(env: Readonly<Record<string, string>>): boolean {
  return Object.keys(env).some((name) => name.toUpperCase() === "PATH");
}
