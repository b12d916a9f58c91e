package project

import (
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/resolve"
)

func sdkDistributions() []resolve.Distribution {
	return []resolve.Distribution{
		{Name: "boto3", Direct: true},
		{Name: "botocore", RequiredBy: []string{"boto3", "s3transfer"}},
		{Name: "httpx", Direct: true},
		{Name: "jmespath", RequiredBy: []string{"boto3", "botocore"}},
		{Name: "s3transfer", RequiredBy: []string{"boto3"}},
		{Name: "urllib3", RequiredBy: []string{"botocore", "httpx"}},
	}
}

var sdkSizes = &audit.Report{Distributions: []audit.Share{{Name: "boto3", Bytes: 1}, {Name: "botocore", Bytes: 20}, {Name: "httpx", Bytes: 300}, {Name: "s3transfer", Bytes: 4000}}}

func TestAdviseSDK(t *testing.T) {
	flat := sdkDistributions()
	for i := range flat {
		flat[i].Direct, flat[i].RequiredBy = false, nil
	}
	for _, test := range []struct {
		name          string
		list          []resolve.Distribution
		exclude, gone []string
		bytes         int64
	}{
		{"a graph", sdkDistributions(), []string{"boto3+"}, []string{"boto3", "botocore", "jmespath", "s3transfer"}, 4021},
		{"a flat lock", flat, []string{"boto3", "botocore", "jmespath", "s3transfer"}, []string{"boto3", "botocore", "jmespath", "s3transfer"}, 4021},
		{"no boto3", sdkDistributions()[2:3], nil, nil, 0},
	} {
		a, ok := adviseSDK(&resolve.Resolution{Distributions: test.list}, sdkSizes)
		if !ok {
			if test.exclude != nil {
				t.Errorf("%s: no advice", test.name)
			}
			continue
		}
		if !slices.Equal(a.Exclude, test.exclude) || !slices.Equal(a.Names, test.gone) || a.Bytes != test.bytes {
			t.Errorf("%s: got %+v", test.name, a)
		}
	}
}

// A layer is advised to be made smaller before it is too large, and only then.
func TestAdviseFiles(t *testing.T) {
	tree := &builder.Tree{Entries: []layer.Entry{
		{Name: "python/numpy/tests/data.bin", Size: 9_000_000}, {Name: "python/pyarrow/include/a.h", Size: 2_000_000},
		{Name: "python/docs/small.txt", Size: 10}, {Name: "python/numpy/core.so", Size: 199_000_000},
	}}
	for _, test := range []struct {
		unzipped, size int64
		want           []string
	}{
		{210_000_010, 40_000_000, []string{"tests", "headers"}},
		{150_000_000, 51_000_000, []string{"tests", "headers"}},
		{150_000_000, 40_000_000, nil},
	} {
		z := &Zip{Unzipped: test.unzipped, Size: test.size}
		z.advise(&resolve.Resolution{}, tree, &audit.Report{})
		var got []string
		for _, a := range z.Advice {
			got = append(got, a.Kind)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%d, %d: got %v", test.unzipped, test.size, got)
		}
	}
}
