package resolve

import (
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
)

// inputsFormat is the version of the text that Inputs hashes. Increase it if the same
// distributions result in a different layer.
const inputsFormat = 1

// Inputs returns a digest of everything that determines the content of the layer: the
// target, and the name, version, file name, and strongest hash of each distribution, or the
// hash of its source if it is built. The digest does not depend on the format, order,
// comments, or development groups of the lock file. The caller must add the options of
// later steps, such as path patterns to exclude.
func (r *Resolution) Inputs() digest.Digest {
	var text strings.Builder
	fmt.Fprintf(&text, "lamella inputs %d\n%s\n", inputsFormat, r.Target)
	for _, d := range r.Distributions {
		if d.FromSource { // its wheel is unknown before the build, and differs between machines
			fmt.Fprintf(&text, "%s %s source %s %s\n", d.Name, d.Version, strongest(d.File.Hashes, d.Hash), d.Source.Subdirectory)
			continue
		}
		fmt.Fprintf(&text, "%s %s %s %s\n", d.Name, d.Version, d.File.Name, strongest(d.File.Hashes, d.Hash))
	}
	return digest.SHA256([]byte(text.String()))
}

// strongest returns the longest of hashes, or best if none is longer than best.
func strongest(hashes []digest.Digest, best digest.Digest) digest.Digest {
	for _, h := range hashes {
		if h, err := digest.Parse(string(h)); err == nil && len(h.Hex()) > len(best.Hex()) {
			best = h
		}
	}
	return best
}
