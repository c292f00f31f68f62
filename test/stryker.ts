/** Before each file under mutation testing: properties draw the same values every time, end after a quarter of a second and do not shrink. */
import fc from 'fast-check'

fc.configureGlobal({ seed: 20_261_120, interruptAfterTimeLimit: 250, endOnFailure: true })
