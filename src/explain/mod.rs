//! Pages of codes, and the reference made from the vocabulary.
