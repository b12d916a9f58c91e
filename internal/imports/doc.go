// Package imports says what the imports of a function cost when it starts: the time of
// each module and distribution of a layer, measured in a real interpreter, and what a
// later import or an exclude would save.
//
//	profile, err := imports.Measure(ctx, layer, target, interpreter, []string{"fastapi"}, imports.Options{})
//	err = profile.HTML(w)
//
// The times are those of one machine; shares of the whole are what carries over to
// Lambda. What would be saved is not guessed from the tree, in which a module that
// several others need appears below the first: it is computed from who imports what,
// and for excludes the modules are imported again without the distribution.
package imports
