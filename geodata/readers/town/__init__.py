"""Parts of the アドレス・ベース・レジストリ and of tables by town."""
