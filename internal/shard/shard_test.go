package shard

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		text string
		env  map[string]string
		want Shard // zero for a refusal
	}{
		{"", map[string]string{"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "4"}, Shard{1, 1}}, // only if asked for
		{"2/4", nil, Shard{2, 4}},
		{"1/1", nil, Shard{1, 1}},
		{"0/4", nil, Shard{}}, {"5/4", nil, Shard{}}, {"1/0", nil, Shard{}}, {"-1/4", nil, Shard{}},
		{"2", nil, Shard{}}, {"2/", nil, Shard{}}, {"a/b", nil, Shard{}}, {"1/2/3", nil, Shard{}},
		{Auto, nil, Shard{}},
		{Auto, map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "4"}, Shard{1, 4}},
		{Auto, map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "4"}, Shard{4, 4}},
		{Auto, map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "4", "AWS_BATCH_JOB_ARRAY_SIZE": "4"}, Shard{}},
		{Auto, map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "3"}, Shard{}},
		{Auto, map[string]string{"CI_NODE_INDEX": "4", "CI_NODE_TOTAL": "4"}, Shard{4, 4}},
		{Auto, map[string]string{"CI_NODE_INDEX": "0", "CI_NODE_TOTAL": "4"}, Shard{}},
		{Auto, map[string]string{"CI_NODE_TOTAL": "1"}, Shard{1, 1}},
		{Auto, map[string]string{"CI_NODE_TOTAL": "4"}, Shard{}},
		{Auto, map[string]string{"BUILDKITE_PARALLEL_JOB": "1", "BUILDKITE_PARALLEL_JOB_COUNT": "2"}, Shard{2, 2}},
		{Auto, map[string]string{"CIRCLE_NODE_INDEX": "1", "CIRCLE_NODE_TOTAL": "2"}, Shard{2, 2}},
		{Auto, map[string]string{"BITBUCKET_PARALLEL_STEP": "1", "BITBUCKET_PARALLEL_STEP_COUNT": "2"}, Shard{2, 2}},
		{Auto, map[string]string{"SEMAPHORE_JOB_INDEX": "2", "SEMAPHORE_JOB_COUNT": "2"}, Shard{2, 2}},
		{Auto, map[string]string{"SYSTEM_JOBPOSITIONINPHASE": "2", "SYSTEM_TOTALJOBSINPHASE": "2"}, Shard{2, 2}},
		{Auto, map[string]string{"CI_NODE_INDEX": "x", "CI_NODE_TOTAL": "4"}, Shard{}},
		{Auto, map[string]string{"CI_NODE_TOTAL": "1", "AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "4"}, Shard{2, 4}},
		{Auto, map[string]string{"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4", "AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "4"}, Shard{}},
	} {
		got, err := Parse(test.text, func(name string) string { return test.env[name] })
		if got != test.want || (err != nil) != (test.want == Shard{}) || err != nil && catalogue.KindOf(err) != fault.Usage {
			t.Errorf("%q %v: %v, %v", test.text, test.env, got, err)
		}
	}
}

// All shards together are the list, whatever its order, and none is larger than
// another by more than one.
func TestSlice(t *testing.T) {
	for _, places := range []int{0, 1, 6, 72, 2_000} {
		for _, n := range []int{1, 2, 4, 10, 97} {
			var list []string
			for i := range places {
				list = append(list, fmt.Sprintf("place %05d", i))
			}
			sorted := slices.Clone(list)
			var all []string
			for k := range n {
				rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
				part := Slice(Shard{k + 1, n}, list, func(s string) string { return s })
				if len(part) != places/n && len(part) != places/n+1 {
					t.Errorf("%d places, shard %d/%d has %d", places, k+1, n, len(part))
				}
				all = append(all, part...)
			}
			if !slices.Equal(all, sorted) {
				t.Errorf("%d places in %d shards are %d", places, n, len(all))
			}
		}
	}
	if got := (Shard{2, 4}).Rate(10); got != 2.5 {
		t.Errorf("rate %g", got)
	}
}
