package aws

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// maxPages bounds a list: 10 million objects, or 500,000 function versions.
	maxPages = 10_000
	// maxEmpty is how many pages with nothing on them may follow each other.
	maxEmpty = 100
)

// list reads a list of the operation op to its end. ask returns the page at a
// marker, nil for the first, and the marker of the next, nil or "" after the
// last. A marker that leads back, or a page that came before, would end it early
// or never: such an answer is incomplete. id tells items apart; one that moves on
// while it is listed counts once.
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
			return nil, &incomplete{op, "a page came twice", nil}
		case text == "":
			return all, nil
		case sent[text]:
			return nil, &incomplete{op, "its marker leads back to a page that was read", nil}
		case len(sent) == maxPages, empty == maxEmpty:
			return nil, &incomplete{op, "it does not end", nil}
		default:
			sent[text] = true
		}
	}
}
