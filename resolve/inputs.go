package resolve

import (
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
)

// inputsFormat is the version of the text that Inputs hashes. Raise it when
// the same distributions come to be laid out differently.
const inputsFormat = 1

// Inputs returns a digest of what decides the layer's content: the target and
// of each distribution its name, version, file name and strongest hash; of one
// to be built, the source's. It
// does not change with the lock's format, order, comments or development
// groups. Options of later steps, such as path patterns to exclude, are for
// the caller to add.
func (r *Resolution) Inputs() digest.Digest {
	var text strings.Builder
	fmt.Fprintf(&text, "lamella inputs %d\n%s\n", inputsFormat, r.Target)
	for _, d := range r.Distributions {
		if d.FromSource { // what is built of a source is not known before, nor the same on every machine
			fmt.Fprintf(&text, "%s %s source %s %s\n", d.Name, d.Version, strongest(d.File.Hashes, d.Hash), d.Source.Subdirectory)
			continue
		}
		fmt.Fprintf(&text, "%s %s %s %s\n", d.Name, d.Version, d.File.Name, strongest(d.File.Hashes, d.Hash))
	}
	return digest.SHA256([]byte(text.String()))
}

// strongest is the hash of the longest digest, best if none is longer.
func strongest(hashes []digest.Digest, best digest.Digest) digest.Digest {
	for _, h := range hashes {
		if h, err := digest.Parse(string(h)); err == nil && len(h.Hex()) > len(best.Hex()) {
			best = h
		}
	}
	return best
}
