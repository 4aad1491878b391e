/** Ends the process with one sentence when its Node is too old. An old Node reads this file, because it is plain JavaScript. */
'use strict'

var NEEDED = 26

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    'refgrow: this is Node ' +
      process.versions.node +
      ', and Refgrow needs Node ' +
      NEEDED +
      (process.env.npm_lifecycle_event
        ? '. Run "npm ci" (without --omit=optional), which brings it.\n'
        : '. "npm ci" brings it: start the server with "npm start", and run commands with "npm run -s refgrow -- COMMAND".\n'),
  )
  process.exit(1)
}
