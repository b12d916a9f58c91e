package project

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/publish"
)

// buildInfo is stored in the cache as a fact: it says what the zip at a path was made of. It
// only describes the file that has its SHA256.
type buildInfo struct {
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

// buildInfoKey returns the key of the fact about the zip at path.
func buildInfoKey(path string) string { return "built 1\n" + outfile.RealPath(path) }

// recordBuild records in the cache what z.Path was made of, for [Project.FindBuilt]. A
// failure to do so does not fail the build.
func (p *Project) recordBuild(z *Zip) {
	if p.rebuilding {
		return
	}
	info := buildInfo{ManifestMD5: p.Manifest.MD5(), Identity: p.Identity().Digest(),
		Inputs: z.Inputs, SHA256: z.SHA256, Size: z.Size, Unzipped: z.Unzipped, Entries: z.Entries, Packages: z.Distributions,
		BytecodePython: z.Bytecode.Python}
	facts, err := openCache(p.env)
	if err == nil {
		err = facts.PutFact(buildInfoKey(z.Path), info)
	}
	if err != nil {
		p.debug("compose", "cannot record for lamella upload what %s was built from: %v", z.Path, err)
	}
}

// FindBuilt returns the zip that [Project.Build] wrote, if it was built from the current
// lock file, for the same target, and with the same options. It also returns a zip that has
// since been deleted, because that zip may have been uploaded. The error is a fault.Error of
// Kind Usage.
func (p *Project) FindBuilt() (publish.Artifact, error) {
	output, err := OutputPath(p.Layer)
	if err != nil {
		return publish.Artifact{}, err
	}
	facts, err := openCache(p.env)
	if err != nil {
		return publish.Artifact{}, err
	}
	refuse := func(message string, cause error) (publish.Artifact, error) {
		return publish.Artifact{}, &fault.Error{Kind: fault.Usage, Subject: output, Message: message, Err: cause, Hints: []string{"build the layer: lamella build"}}
	}
	var info buildInfo
	known := facts.Fact(buildInfoKey(output), &info)
	sum, err := sumFile(output)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !missing:
		return refuse("cannot read "+output, err)
	case !known && missing:
		return refuse(output+" is not built yet", nil)
	case !known:
		return refuse(fmt.Sprintf("cannot tell which lock file %s was built from because lamella did not build it on this machine", output), nil)
	case !missing && sum != info.SHA256:
		return refuse(output+" was modified after it was built", nil)
	case info.ManifestMD5 != p.Manifest.MD5():
		return refuse(fmt.Sprintf("%s was built from another %s (MD5 %s, but the project's file has %s)", output, p.Manifest.Name, info.ManifestMD5, p.Manifest.MD5()), nil)
	case info.Identity != p.Identity().Digest():
		return refuse(output+" was built for another target or with other options", nil)
	}
	return publish.Artifact{Path: output, SHA256: info.SHA256, Size: info.Size, Unzipped: info.Unzipped, Entries: info.Entries,
		Inputs: info.Inputs, Packages: info.Packages, BytecodePython: info.BytecodePython}, nil
}

// sumFile returns the SHA-256 of a file in hexadecimal.
func sumFile(path string) (string, error) {
	f, _, err := bound.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, err := digest.Read(f)
	return sum.Hex(), err
}

// cannotWrite returns the error for a zip that cannot be written.
func cannotWrite(path string, err error) error {
	return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err,
		Hints: []string{"choose another file: -o FILE"}}
}
