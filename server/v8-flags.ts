/**
 * How V8 runs this process; imported before anything else.
 *
 * V8 may decide, when it meets a busy moment while it warms up, that objects made at some place live long, and put them among
 * the old ones from then on. Requests are among them, and each old request that is over keeps what hangs on it from being swept
 * with the young: in half of the runs that started on a busy machine the heap rose to 270 MB instead of 90 and a fifth of the
 * speed was lost, until the process ended (`npm run bench -- ingest`, node 26.10).
 */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--no-allocation-site-pretenuring')
