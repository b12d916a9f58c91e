// Package docs runs the command lines of README.md and docs/, and compares what they
// print with what the pages show.
package docs
