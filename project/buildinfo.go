package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/publish"
)

// buildInfoSchema is raised when an older lamella would misunderstand a build info.
const buildInfoSchema = 1

// buildInfo is <Output>.json: what the zip beside it was made of.
type buildInfo struct {
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
	// BytecodePython is publish.Artifact.BytecodePython.
	BytecodePython string `json:"bytecode_python,omitzero"`
}

func buildInfoPath(output string) string { return output + ".json" }

// writeBuildInfo records what z.Path was made of.
func (p *Project) writeBuildInfo(z *Zip) error {
	info := buildInfo{Schema: buildInfoSchema, Tool: p.env.Tool(), ManifestMD5: p.Manifest.MD5(), Identity: p.Identity().Digest(),
		Inputs: z.Inputs, SHA256: z.SHA256, Size: z.Size, Unzipped: z.Unzipped, Entries: z.Entries, Packages: z.Distributions,
		BytecodePython: z.Bytecode.Python}
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	path := buildInfoPath(z.Path)
	if err := outfile.WriteFile(path, append(data, '\n')); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

// FindBuilt returns the zip that Build wrote, if it was made from the lock file as it is
// now, for the same target and with the same options. The error is a fault.Error
// of Kind Usage.
func (p *Project) FindBuilt() (publish.Artifact, error) {
	output, err := OutputPath(p.Layer)
	if err != nil {
		return publish.Artifact{}, err
	}
	info, err := readBuildInfo(buildInfoPath(output))
	refuse := func(message string, cause error) (publish.Artifact, error) {
		return publish.Artifact{}, &fault.Error{Kind: fault.Usage, Subject: output, Message: message, Err: cause, Hints: []string{"lamella build"}}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse(output+" is not built yet", nil)
	case err != nil:
		return refuse("cannot tell what "+output+" was made of", err)
	case info.ManifestMD5 != p.Manifest.MD5():
		return refuse(fmt.Sprintf("%s was made from another %s (MD5 %s, the project's has %s)", output, p.Manifest.Name, info.ManifestMD5, p.Manifest.MD5()), nil)
	case info.Identity != p.Identity().Digest():
		return refuse(output+" was made for another target or with other options", nil)
	}
	return publish.Artifact{Path: output, SHA256: info.SHA256, Size: info.Size, Unzipped: info.Unzipped, Entries: info.Entries,
		Inputs: info.Inputs, Packages: info.Packages, BytecodePython: info.BytecodePython}, nil
}

func readBuildInfo(path string) (buildInfo, error) {
	var info buildInfo
	data, err := bound.ReadFile(path, bound.Document, "a build note")
	if err != nil {
		return info, err
	}
	if err := bound.UnmarshalJSON(data, &info); err != nil {
		return info, err
	}
	if info.Schema != buildInfoSchema {
		return info, fmt.Errorf("%s has schema %d, but this lamella reads schema %d", path, info.Schema, buildInfoSchema)
	}
	return info, nil
}

// cannotWrite says that the zip or its build info cannot be written.
func cannotWrite(path string, err error) error {
	return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err,
		Hints: []string{"choose another path for the zip: -o FILE"}}
}
