package cli

import (
	"errors"

	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// resolution, explained and dependencyTree are results with every field set.

func resolution() *resolve.Resolution {
	return &resolve.Resolution{
		Target: targets("python3.13/arm64")[0],
		Distributions: []resolve.Distribution{
			{Name: "six", Version: "1.16.0", File: lock.File{Name: "six.whl", URL: "https://me:s3cret@files.example/six.whl", Size: 9}, Hash: "sha256:cc",
				Unhashed: true, Where: "requirements.txt:2", Direct: true, RequiredBy: []string{"yarl"}},
			{Name: "yarl", Version: "1.9", File: lock.File{Name: "yarl.whl"}, Hash: "sha256:dd", Where: "requirements.txt:3"},
		},
		Excluded: []resolve.Distribution{{Name: "boto3", Version: "1.40.0"}},
	}
}

func explained() *resolve.Explained {
	path := []resolve.Step{
		{Name: "web", Project: true, Extra: "http", Group: "dev"},
		{Name: "yarl", Version: "1.9", Extra: "fast", Marker: "python_version > \"3\""},
		{Name: "six", Version: "1.16.0"},
	}
	p := resolve.ExplainedPackage{Version: "1.16.0", Where: "uv.lock:12", Selected: true, Refused: errors.New("no")}
	for _, state := range []resolve.EdgeState{resolve.Holds, resolve.MarkerFails, resolve.NotReached, resolve.NotSelected, resolve.OtherVersion} {
		p.RequiredBy = append(p.RequiredBy, resolve.Requirer{State: state, Path: path})
	}
	p.Files = []resolve.Choice{
		{File: lock.File{Name: "six.whl", Size: 9}, Chosen: true, Fits: true},
		{File: lock.File{Name: "six.tar.gz"}, Reason: "is a source distribution"},
	}
	return &resolve.Explained{Name: "six", Target: targets("python3.13/arm64")[0], Lock: "uv.lock",
		Packages: []resolve.ExplainedPackage{p, {Version: "1.15", Where: "uv.lock:20", Excluded: true}}}
}

func dependencyTree() *resolve.DependencyTree {
	sizes := resolve.Sizes{Wheel: 9, Unzipped: 20}
	return &resolve.DependencyTree{
		Target: targets("python3.13/arm64")[0], Lock: "uv.lock", Distributions: 2, Sizes: sizes, Unmeasured: 1, Unknown: 1,
		Roots: []*resolve.TreeNode{{Name: "web", Version: "1", Project: true, Requires: []*resolve.TreeNode{
			{Name: "six", Version: "1.16.0", Extras: []string{"a"}, Sizes: sizes},
			{Name: "yarl", Version: "1.9", Repeated: true, Excluded: true},
		}}},
	}
}
