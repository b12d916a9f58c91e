// Package outfile writes the files that a run leaves behind, so that lamella
// replaces only what lamella wrote:
//
//   - [Kind.Check] looks at what is at a path before any work is done for it,
//     and [Place.Check] at what is to be a folder;
//   - [WriteFile], or [Create] and [Temp.Commit], give a path its content in one
//     step: it has the old content or the new, whatever ends the process;
//   - [Sweep] removes what killed runs left behind, and never what belongs to a
//     process that still runs.
//
// [MakeFolder] and [CreateScratch] do the same for the folders and files that a
// run works in. [SweepMachine] is for what is in no folder of the next run.
package outfile
