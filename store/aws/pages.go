package aws

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// maxPages bounds a listing: 10 million objects, or 500,000 function versions.
	maxPages = 10_000
	// maxEmpty bounds the number of consecutive empty pages.
	maxEmpty = 100
)

// list reads all pages of the operation op. ask returns the page at a marker (nil for the
// first page) and the next marker, which is nil or "" after the last page. A repeated marker
// or page could make the listing end early or never, so the response counts as incomplete.
// An item whose id repeats, because the item moved during the listing, counts once.
func list[T any](op string, id func(T) string, ask func(marker *string) ([]T, *string, error)) ([]T, error) {
	var all []T
	seen, sent := map[string]bool{}, map[string]bool{}
	for marker, empty := (*string)(nil), 0; ; {
		page, next, err := ask(marker)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, item := range page {
			if key := id(item); !seen[key] {
				seen[key] = true
				all = append(all, item)
			}
		}
		marker = next
		if empty++; len(page) > 0 {
			empty = 0
		}
		switch text := awssdk.ToString(next); {
		case len(page) > 0 && len(all) == before:
			return nil, &incomplete{op, "a page repeats", nil}
		case text == "":
			return all, nil
		case sent[text]:
			return nil, &incomplete{op, "its pagination token repeats", nil}
		case len(sent) == maxPages, empty == maxEmpty:
			return nil, &incomplete{op, "it has too many pages", nil}
		default:
			sent[text] = true
		}
	}
}
