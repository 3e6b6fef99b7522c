"""Reading SQL text of clients: tokens, statements, kinds, names and rewrites; text in, values out."""
