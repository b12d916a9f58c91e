package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/publish"
)

// alike groups the plans of one layer that differ only in the place and in its current
// state, so that the plans for thirty regions can be read at a glance.
func alike(plans []*planned) [][]*planned {
	var groups [][]*planned
	at := map[string]int{}
	for _, p := range plans {
		same := *p
		same.Place, same.Destination, same.Latest, same.Outcome, same.Reason, same.Upload = "", "", nil, "", "", nil
		key, err := json.Marshal(same)
		if err != nil {
			panic(err) // strings and numbers can always be marshaled
		}
		i, known := at[string(key)]
		if !known {
			i = len(groups)
			at[string(key)], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

// alikeText returns a group of similar plans as text: first what they have in common, and
// then the places, grouped by what will happen there.
func alikeText(group []*planned, paint painter) string {
	if len(group) == 1 {
		return planText(group[0], paint)
	}
	first := *group[0]
	var b strings.Builder
	row(&b, "layer", escape(first.Name))
	row(&b, "target", escape(first.Target))
	for _, same := range byOutcome(group) {
		row(&b, "outcome", outcomeText(same[0], paint))
		var places []string
		for _, p := range same {
			places = append(places, escape(cmp.Or(p.Place, p.Destination)))
		}
		what := "in"
		for _, line := range wrapList(places, 100) {
			row(&b, what, line)
			what = ""
		}
	}
	first.Upload = mostUpload(group)
	b.WriteString(detailText(&first, paint))
	return b.String()
}

// mostUpload returns the largest upload in the group, or nil if there is none.
func mostUpload(group []*planned) (most *publish.Transfer) {
	for _, p := range group {
		if p.Upload != nil && (most == nil || p.Upload.Send > most.Send) {
			most = p.Upload
		}
	}
	return most
}

// byOutcome groups plans by outcome, in the order in which the outcomes first appear.
func byOutcome(group []*planned) [][]*planned {
	var split [][]*planned
	for _, p := range group {
		i := slices.IndexFunc(split, func(s []*planned) bool { return s[0].Outcome == p.Outcome && s[0].Reason == p.Reason })
		if i < 0 {
			i, split = len(split), append(split, nil)
		}
		split[i] = append(split[i], p)
	}
	return split
}

// wrapList joins words with commas into lines of about width characters.
func wrapList(words []string, width int) []string {
	var lines []string
	line := ""
	for i, word := range words {
		if i < len(words)-1 {
			word += ","
		}
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// totalText returns the totals of the plans.
func totalText(plans []*planned) string {
	publish := 0
	for _, p := range plans {
		if p.Publishes {
			publish++
		}
	}
	return fmt.Sprintf("%s to publish, %d unchanged\n", number.Count(publish, "version"), len(plans)-publish)
}
