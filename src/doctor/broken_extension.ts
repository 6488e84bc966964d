/**
 * Registers the broken capability, for its side effect.
 *
 * @module
 */

import { registerExtension } from "../capabilities/registry.ts";
import { broken } from "./broken_capability.ts";

registerExtension(broken());
