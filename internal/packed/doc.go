// Package packed stores what was made from a distribution's files: bytecode of its sources,
// or libraries without their debug sections. One file in the cache holds what was made from
// one distribution, compressed as the zip of a layer needs it, with an index at its end.
//
//	items, path := packed.Load(cache, key)   // "" if the cache has none
//	…                                        // NewItem and Pack for each file that is missing
//	path, err := packed.Save(cache, key, items, files.At(path))
//	entry := items[0].Entry(name, owner, files.At(path))
package packed
