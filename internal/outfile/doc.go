// Package outfile writes files, and replaces only those that lamella wrote:
//
//   - [Kind.Check] examines the path of a file before any work is done, and
//     [Place.Check] examines the path of a folder;
//   - [WriteFile], or [Create] and [Temp.Commit], replace the content of a path in one
//     step: the path has either the old or the new content, even if the process is killed;
//   - [Sweep] removes temporary files that killed processes left behind, but not files of
//     a running process.
//
// [MakeFolder] and [CreateScratch] do the same for temporary folders and files.
// [SweepMachine] removes what killed processes left in the folders that all runs share.
package outfile
