// Package imports measures what imports cost when a function starts: the time for each
// module and distribution of a layer, measured in a real interpreter, and what importing
// modules later or excluding distributions would save.
//
//	profile, err := imports.Measure(ctx, layer, target, interpreter, []string{"fastapi"}, imports.Options{})
//	err = profile.HTML(w)
//
// The times are those of one machine; only their proportions carry over to Lambda. Savings
// are not estimated from the tree, in which a module that several others need appears only
// below the first. They are computed from which module imports which, and for excludes, the
// modules are imported again without the distribution.
package imports
