// Command release packs built binaries of lamella for every channel: archives,
// wheels, npm packages, deb and rpm, container image, Homebrew cask and Scoop
// manifest, with completions, man pages and checksums.
//
//	go run ./tools/release -version 1.2.3 -binaries dist -out dist/release
//
// Without network, except that nfpm is fetched by `go run` the first time. The
// same binaries give the same files, to the byte. docs/releasing.md tells how a
// release goes.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var r release
	flag.StringVar(&r.Version, "version", "", "`version` without v, such as 1.2.3 or 1.2.3-rc.1")
	flag.StringVar(&r.Binaries, "binaries", "dist", "`folder` with lamella-OS-ARCH")
	flag.StringVar(&r.Out, "out", "dist/release", "`folder` to fill; what is in it is removed first")
	flag.StringVar(&r.Root, "root", ".", "`folder` of the repository")
	flag.BoolVar(&r.NoPackages, "no-packages", false, "make no deb and rpm, which need nfpm")
	flag.StringVar(&r.Only, "wheel", "", "make only the wheel of this `platform`, such as linux/amd64")
	flag.Parse()
	if err := r.run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}
