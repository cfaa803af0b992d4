// Prints docs/CONFIGURATION.md, made from the table of directives.
// usage: node dist/tools/config-docs.js > docs/CONFIGURATION.md
import { configurationReference } from '../engine/config/reference.ts';

process.stdout.write(configurationReference());
