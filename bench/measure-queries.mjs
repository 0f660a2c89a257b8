export async function measureQueries() {}
