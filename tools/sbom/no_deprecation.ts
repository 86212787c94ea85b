/**
 * To be imported before @cyclonedx/cyclonedx-library: one of the formats of its
 * validator takes Node's own punycode, of which Node says that it will go.
 */
import process from "node:process";

Object.assign(process, { noDeprecation: true });
