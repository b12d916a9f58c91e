package lamella

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/publish"
)

// noteSchema grows when an older lamella would misunderstand a note.
const noteSchema = 1

// note is <Output>.json: what the zip beside it was made of.
type note struct {
	Schema      int               `json:"schema"`
	Tool        string            `json:"tool"`
	ManifestMD5 string            `json:"manifest_md5"`
	Identity    digest.Digest     `json:"identity"`
	Inputs      digest.Digest     `json:"inputs"`
	SHA256      string            `json:"sha256"` // of the zip, hexadecimal
	Size        int64             `json:"size"`   // bytes of the zip
	Unzipped    int64             `json:"unzipped"`
	Entries     int               `json:"entries"`
	Packages    []publish.Package `json:"packages"`
}

func notePath(output string) string { return output + ".json" }

// writeNote notes what b.Path was made of.
func (w *work) writeNote(b *Built) error {
	n := note{Schema: noteSchema, Tool: w.env.tool(), ManifestMD5: w.manifest.MD5(), Identity: w.identity().Digest(),
		Inputs: b.Inputs, SHA256: b.SHA256, Size: b.Size, Unzipped: b.Unzipped, Entries: b.Entries, Packages: b.Distributions}
	data, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	if err := outfile.WriteFile(notePath(b.Path), append(data, '\n')); err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "write", Subject: notePath(b.Path), Err: err,
			Hints: []string{"name another place for the zip: -o FILE"}}
	}
	return nil
}

// built returns the zip that Build wrote, if it was made from the project's lock
// file as it is now, for the same target and with the same options.
func (w *work) built() (publish.Artifact, error) {
	output, err := w.output()
	if err != nil {
		return publish.Artifact{}, err
	}
	n, err := readNote(notePath(output))
	refuse := func(reason error) (publish.Artifact, error) {
		return publish.Artifact{}, &fault.Error{Kind: fault.Usage, Op: "use", Subject: output, Err: reason, Hints: []string{"lamella build"}}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse(errors.New("the zip is not built yet"))
	case err != nil:
		return refuse(fmt.Errorf("what it was made of cannot be read: %w", err))
	case n.ManifestMD5 != w.manifest.MD5():
		return refuse(fmt.Errorf("it was made from a %s with the MD5 %s; the project's has %s", w.manifest.Name, n.ManifestMD5, w.manifest.MD5()))
	case n.Identity != w.identity().Digest():
		return refuse(errors.New("it was made for another target or with other options"))
	}
	return publish.Artifact{Path: output, SHA256: n.SHA256, Size: n.Size, Unzipped: n.Unzipped, Entries: n.Entries,
		Inputs: n.Inputs, Packages: n.Packages}, nil
}

func readNote(path string) (note, error) {
	var n note
	data, err := bound.ReadFile(path, bound.Document, "a build note")
	if err != nil {
		return n, err
	}
	if err := bound.UnmarshalJSON(data, &n); err != nil {
		return n, err
	}
	if n.Schema != noteSchema {
		return n, fmt.Errorf("%s has schema %d, this lamella knows %d", path, n.Schema, noteSchema)
	}
	return n, nil
}
